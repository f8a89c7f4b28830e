package org.ringwall.bpf.state;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an object says of the rule of an event: `FILE:LINE:COLUMN`, a tab, the rule on one line, a tab, the reason.
 *
 * @param line from 1
 * @param column from 1
 * @param rule as it is written, white space made one space
 * @param reason empty without one
 */
public record LogText(String file, int line, int column, String rule, String reason) {
    private static final Pattern FORM = Pattern.compile("([^\\t]*):(\\d{1,9}):(\\d{1,9})\\t([^\\t]*)\\t([^\\t]*)");
    private static final Pattern SPACE = Pattern.compile("\\s+");

    public LogText {
        file = SPACE.matcher(file).replaceAll(" ");
        rule = SPACE.matcher(rule).replaceAll(" ");
        reason = SPACE.matcher(reason).replaceAll(" ");
    }

    /** Where the rule is: `FILE:LINE:COLUMN`. */
    public String place() {
        return file + ":" + line + ":" + column;
    }

    /** The words. */
    public String text() {
        return place() + "\t" + rule + "\t" + reason;
    }

    /** Reads such words; empty where they are none. */
    public static Optional<LogText> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        return matcher.matches()
                ? Optional.of(new LogText(
                        matcher.group(1),
                        Integer.parseInt(matcher.group(2)),
                        Integer.parseInt(matcher.group(3)),
                        matcher.group(4),
                        matcher.group(5)))
                : Optional.empty();
    }
}
