package org.ringwall.bpf.state;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an object says of a rule that logs: `FILE:LINE:COLUMN`, a tab, the rule's text, a tab, the reason.
 *
 * @param file the name of the policy's file, without folders
 * @param line from 1
 * @param column from 1
 * @param rule its text on one line
 * @param reason what `because` says
 */
public record LogText(String file, int line, int column, String rule, Optional<String> reason) {
    private static final Pattern FORM = Pattern.compile("([^\t]+):(\\d{1,9}):(\\d{1,9})\t([^\t]+)\t([^\t]*)");

    public LogText {
        boolean fits = !file.isEmpty()
                && !rule.isEmpty()
                && line >= 1
                && column >= 1
                && reason.filter(String::isEmpty).isEmpty()
                && !(file + rule + reason.orElse("")).chars().anyMatch(Character::isISOControl);
        if (!fits) {
            throw new IllegalArgumentException("no rule that logs: %s:%d:%d %s".formatted(file, line, column, rule));
        }
    }

    /** The words. */
    public String text() {
        return file + ":" + line + ":" + column + "\t" + rule + "\t" + reason.orElse("");
    }

    /** Reads such words; empty where they are none. */
    public static Optional<LogText> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        boolean formed = matcher.matches()
                && text.chars().noneMatch(c -> c != '\t' && Character.isISOControl(c))
                && number(matcher, 2) >= 1
                && number(matcher, 3) >= 1;
        return formed
                ? Optional.of(new LogText(
                        matcher.group(1),
                        number(matcher, 2),
                        number(matcher, 3),
                        matcher.group(4),
                        Optional.of(matcher.group(5)).filter(reason -> !reason.isEmpty())))
                : Optional.empty();
    }

    private static int number(Matcher matcher, int group) {
        return Integer.parseInt(matcher.group(group));
    }
}
