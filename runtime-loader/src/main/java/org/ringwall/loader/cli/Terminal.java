// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The controlling terminal of this process. */
final class Terminal {
    /** Indices of fields after the name in parentheses of `/proc/self/stat` (proc_pid_stat(5)). */
    private static final int GROUP = 2;

    private static final int FOREGROUND = 5;

    private static final String STANDARD_OUTPUT = "/proc/self/fd/1";

    private Terminal() {}

    /**
     * Returns whether text on a stream may have colours: it is a terminal, and the user has set
     * neither NO_COLOR (no-color.org) nor TERM to `dumb`.
     */
    static boolean hasColours(PrintStream out) {
        boolean refused = !System.getenv().getOrDefault("NO_COLOR", "").isEmpty()
                || System.getenv().getOrDefault("TERM", "dumb").equals("dumb");
        if (refused || !SafeOutput.of(out).unescaped().equals(System.out)) {
            return false;
        }
        try {
            String file = Files.readSymbolicLink(Path.of(STANDARD_OUTPUT)).toString();
            return file.startsWith("/dev/pts/") || file.startsWith("/dev/tty") || file.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Returns whether this process is in the terminal's foreground group, to which the terminal
     * sends its signals.
     */
    static boolean isOurs() {
        try {
            String stat = Files.readString(Path.of("/proc/self/stat"));
            List<String> fields =
                    List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
            return fields.get(GROUP).equals(fields.get(FOREGROUND));
        } catch (IOException e) {
            return false;
        }
    }
}
