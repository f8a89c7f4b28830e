// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.unit;

import java.util.ArrayList;
import java.util.List;

/**
 * The parser of unit files (systemd.syntax(7)): sections of {@code KEY=VALUE} lines. A line that
 * ends with a backslash continues on the next one, past lines of comments.
 */
final class UnitText {
    private static final String COMMENTS = "#;";
    private static final String BOM = "\ufeff";

    private UnitText() {}

    /** Returns the values of a key in a section, in their order; an empty one resets a list. */
    static List<String> values(String text, String section, String key) {
        List<String> found = new ArrayList<>();
        String header = "[" + section + "]";
        boolean inside = false;
        for (String line : logicalLines(text)) {
            int equals = line.indexOf('=');
            if (line.startsWith("[")) {
                inside = line.equals(header);
            } else if (inside && equals > 0 && line.substring(0, equals).strip().equals(key)) {
                found.add(line.substring(equals + 1).strip());
            }
        }
        return found;
    }

    private static List<String> logicalLines(String text) {
        List<String> lines = new ArrayList<>();
        StringBuilder open = new StringBuilder();
        for (String line : (text.startsWith(BOM) ? text.substring(1) : text).split("\r?\n", -1)) {
            String content = line.strip();
            if (!content.isEmpty() && COMMENTS.indexOf(content.charAt(0)) >= 0) {
                continue;
            }
            boolean continues = continues(content);
            open.append(continues ? content.substring(0, content.length() - 1) + " " : content);
            if (!continues) {
                lines.add(open.toString().strip());
                open.setLength(0);
            }
        }
        lines.add(open.toString().strip());
        return lines;
    }

    /** Returns whether the last character is a backslash that no other one escapes. */
    private static boolean continues(String line) {
        int backslashes = 0;
        for (int i = line.length() - 1; i >= 0 && line.charAt(i) == '\\'; i--) {
            backslashes++;
        }
        return backslashes % 2 == 1;
    }
}
