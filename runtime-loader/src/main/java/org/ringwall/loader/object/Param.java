// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.object;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ringwall.loader.model.InputException;

/**
 * A parameter of a policy: a u64 in `.rodata` with a declared range. All numbers are unsigned.
 *
 * @param type the policy's word for its type, such as `port`
 * @param preset the default
 * @param offset its offset in `.rodata`
 */
public record Param(String name, String type, long min, long max, long preset, int offset) {
    private static final String NUMBER = "(0[xX][0-9a-fA-F]+|[0-9]+)";
    private static final Pattern DECLARATION =
            Pattern.compile("([A-Za-z0-9_. -]{1,64}?) +" + NUMBER + "\\.\\." + NUMBER + " *= *" + NUMBER);

    private static final Pattern VALUE = Pattern.compile(NUMBER);

    public Param {
        if (Long.compareUnsigned(min, max) > 0 || !within(preset, min, max)) {
            throw new IllegalArgumentException("a default lies in its range");
        }
    }

    /** Parses `TYPE MIN..MAX = DEFAULT`; empty if the text has another form. */
    public static Optional<Param> parse(String name, String declaration, int offset) {
        Matcher match = DECLARATION.matcher(declaration);
        if (!match.matches()) {
            return Optional.empty();
        }
        Optional<Long> min = number(match.group(2));
        Optional<Long> max = number(match.group(3));
        Optional<Long> preset = number(match.group(4));
        if (min.isEmpty() || max.isEmpty() || preset.isEmpty() || !within(preset.get(), min.get(), max.get())) {
            return Optional.empty();
        }
        return Optional.of(new Param(name, match.group(1), min.get(), max.get(), preset.get(), offset));
    }

    /**
     * Parses a value of this parameter.
     *
     * @throws InputException if the text is not a number in the range
     */
    public long value(String text) {
        if (!VALUE.matcher(text).matches()) {
            throw new InputException("`" + text + "` is not a number", help());
        }
        return number(text)
                .filter(value -> within(value, min, max))
                .orElseThrow(() ->
                        new InputException("`" + text + "` is outside the range of param `" + name + "`", help()));
    }

    /** Returns whether a value is in the range. */
    public boolean takes(long value) {
        return within(value, min, max);
    }

    /** Returns the range as policies write it. */
    public String range() {
        return Long.toUnsignedString(min) + ".." + Long.toUnsignedString(max);
    }

    private String help() {
        return "--param " + name + "=N, with N in " + range();
    }

    private static boolean within(long value, long min, long max) {
        return Long.compareUnsigned(min, value) <= 0 && Long.compareUnsigned(value, max) <= 0;
    }

    private static Optional<Long> number(String text) {
        try {
            boolean hex = text.startsWith("0x") || text.startsWith("0X");
            return Optional.of(hex ? Long.parseUnsignedLong(text.substring(2), 16) : Long.parseUnsignedLong(text));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
