// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.words;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes in bytes as users write them: a number, or one with {@code K}, {@code M} or {@code G}. */
public final class Sizes {
    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,8})([KMG]?)");
    private static final int KILO = 10;

    private Sizes() {}

    /**
     * Parses a size.
     *
     * @param option the option that has it, for the message
     */
    public static long parse(String option, String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new UsageException(
                    "`" + text + "` is not a size",
                    "write " + option + " with a number of bytes, as 262144, 256K or 4M");
        }
        int power = " KMG".indexOf(matcher.group(2).isEmpty() ? " " : matcher.group(2));
        return Long.parseLong(matcher.group(1)) << KILO * power;
    }
}
