// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The description of a rule that logs, in an object: `FILE:LINE:COLUMN`, a tab, the rule's text, a
 * tab, the reason.
 *
 * @param file the name of the policy's file, without folders
 * @param line from 1
 * @param column from 1
 * @param rule as written, with white space replaced by single spaces
 * @param reason the text of `because`; empty without one
 */
public record LogText(String file, int line, int column, String rule, String reason) {
    private static final Pattern FORM = Pattern.compile("([^\t]+):(\\d{1,9}):(\\d{1,9})\t([^\t]+)\t([^\t]*)");
    private static final Pattern SPACE = Pattern.compile("\\s+");

    public LogText {
        file = SPACE.matcher(file).replaceAll(" ");
        rule = SPACE.matcher(rule).replaceAll(" ");
        reason = SPACE.matcher(reason).replaceAll(" ");
        boolean fits = !file.isEmpty()
                && !rule.isEmpty()
                && line >= 1
                && column >= 1
                && (file + rule + reason).chars().noneMatch(Character::isISOControl);
        if (!fits) {
            throw new IllegalArgumentException("no rule that logs: %s:%d:%d %s".formatted(file, line, column, rule));
        }
    }

    /** Returns the position of the rule: `FILE:LINE:COLUMN`. */
    public String place() {
        return file + ":" + line + ":" + column;
    }

    public String text() {
        return place() + "\t" + rule + "\t" + reason;
    }

    /** Parses a text; empty if it has another form. */
    public static Optional<LogText> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        boolean formed = matcher.matches()
                && text.chars().noneMatch(c -> c != '\t' && Character.isISOControl(c))
                && number(matcher, 2) >= 1
                && number(matcher, 3) >= 1;
        return formed
                ? Optional.of(new LogText(
                        matcher.group(1), number(matcher, 2), number(matcher, 3), matcher.group(4), matcher.group(5)))
                : Optional.empty();
    }

    private static int number(Matcher matcher, int group) {
        return Integer.parseInt(matcher.group(group));
    }
}
