// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.maven.plugin.logging.Log;
import org.ringwall.compiler.report.Diagnostic;

/**
 * The messages of a goal. They begin as those of the Maven compiler plugin, with {@code
 * /path:[line,column]}, because development environments find the place by this form. Each message
 * is logged once, even if several policies include the file that it is about, or several goals find
 * it.
 */
final class Messages {
    /** The lines that the compiler prints before the excerpt: the message and the place. */
    private static final int HEADER = 2;

    private final Log log;
    private final Set<String> reported;

    /**
     * Creates the messages.
     *
     * @param reported what has been logged in this build
     */
    Messages(Log log, Set<String> reported) {
        this.log = log;
        this.reported = reported;
    }

    Log log() {
        return log;
    }

    void error(String text) {
        if (reported.add("error " + text)) {
            log.error(text);
        }
    }

    void warn(String text) {
        if (reported.add("warning " + text)) {
            log.warn(text);
        }
    }

    /** Returns the text of a diagnostic: place, message, code, and the excerpt of the policy. */
    static String text(Path base, Diagnostic diagnostic) {
        Diagnostic.Position start = diagnostic.range().start();
        List<String> lines = diagnostic.text().lines().toList();
        boolean excerpt = lines.size() > HEADER && lines.get(HEADER - 1).strip().startsWith("-->");
        String rest = lines.stream().skip(excerpt ? HEADER : 1).collect(Collectors.joining("\n"));
        String first = place(base, diagnostic.range().file(), start.line(), start.column()) + " " + diagnostic.message()
                + " [" + diagnostic.code() + "]";
        return rest.isBlank() ? first : first + "\n" + rest;
    }

    /** Returns a place in a file, as the messages of the Maven compiler plugin begin. */
    static String place(Path base, String file, int line, int column) {
        return base.resolve(file).normalize() + ":[" + line + "," + column + "]";
    }
}
