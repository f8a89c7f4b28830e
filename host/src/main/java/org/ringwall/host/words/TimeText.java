// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.words;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ringwall.loader.model.InputException;

/** Lengths of time as users write them: `90s`, `15m`, `2h`, `1d`. */
public final class TimeText {
    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,6})([smhd])");

    private TimeText() {}

    /**
     * Parses a length of time of at least a second.
     *
     * @throws InputException if the text is not of this form
     */
    public static Duration parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            String shown = text.length() > 40 ? text.substring(0, 40) + "…" : text;
            throw new InputException(
                    "`" + shown.replaceAll("\\p{Cntrl}", "?") + "` is not a time",
                    "write a time such as 90s, 15m, 2h or 1d");
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }
}
