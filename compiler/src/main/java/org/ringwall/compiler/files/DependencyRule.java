// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.files;

import java.util.Iterator;
import java.util.List;

/** A rule for make that lists the files from which an object was compiled. */
public final class DependencyRule {
    private static final String GOES_ON = " \\";

    private DependencyRule() {}

    /**
     * Returns `out.o: agent.wall lists/feed.txt`, and an empty rule for each file but the policy,
     * so that make continues if one has been removed.
     */
    public static String text(String object, String policy, List<String> others) {
        StringBuilder text = new StringBuilder(escaped(object)).append(':');
        text.append(GOES_ON).append("\n  ").append(escaped(policy));
        others.forEach(file -> text.append(GOES_ON).append("\n  ").append(escaped(file)));
        text.append('\n');
        others.forEach(file -> text.append('\n').append(escaped(file)).append(":\n"));
        return text.toString();
    }

    /** Escapes a name for make. */
    private static String escaped(String name) {
        return name.replace("$", "$$").replace("#", "\\#").replace(" ", "\\ ").replace(":", "\\:");
    }

    /**
     * Returns whether a text has the form that {@link #text} returns, without any other rule,
     * recipe or variable.
     */
    static boolean isOne(String text) {
        Iterator<String> lines = text.lines().iterator();
        String line = lines.hasNext() ? lines.next() : "";
        boolean form = line.endsWith(':' + GOES_ON);
        while (form && line.endsWith(GOES_ON)) {
            line = lines.hasNext() ? lines.next() : "";
            form = line.startsWith("  ");
        }
        while (form && lines.hasNext()) {
            form = lines.next().isEmpty() && lines.hasNext() && lines.next().endsWith(":");
        }
        return form;
    }
}
