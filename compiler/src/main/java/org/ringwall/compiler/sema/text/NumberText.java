// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import java.math.BigInteger;
import java.util.Locale;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.source.Code;

/** A parser for the integers of policies: decimal or `0x`, with `_` between digits. */
public final class NumberText {
    private static final BigInteger TOO_LARGE = BigInteger.ONE.shiftLeft(64);

    private NumberText() {}

    /** Parses a number within the range of this type. */
    public static Reading<Long> read(String text, FieldType type) {
        return read(text, max(type), type.phrase());
    }

    /**
     * Returns the greatest meaningful number of a type: `inet_create` refuses protocols from
     * IPPROTO_MAX (263) on.
     */
    public static long max(FieldType type) {
        return type == FieldType.PROTOCOL ? IpProtocol.MPTCP.number() : type.max();
    }

    /**
     * Parses a number from 0 to `max`; `phrase` is its description for messages, with an article.
     */
    public static Reading<Long> read(String text, long max, String phrase) {
        boolean hex = text.toLowerCase(Locale.ROOT).startsWith("0x");
        String digits = (hex ? text.substring(2) : text).replace("_", "");
        String significant = digits.replaceFirst("^0+(?=.)", "");
        if (!hex && significant.length() < digits.length()) {
            return Reading.bad(
                    Code.LEADING_ZERO,
                    "`%s` has a leading zero, which some tools read as octal".formatted(text),
                    "write `%s`".formatted(significant));
        }
        int radix = hex ? 16 : 10;
        int most = hex ? 16 : 20;
        // The text may also be an address.
        boolean number = !significant.isEmpty() && significant.chars().allMatch(c -> Character.digit(c, radix) >= 0);
        BigInteger value = !number || significant.length() > most ? TOO_LARGE : new BigInteger(significant, radix);
        if (value.compareTo(new BigInteger(Long.toUnsignedString(max))) > 0) {
            return Reading.bad(
                    Code.NUMBER_RANGE,
                    "`%s` is not %s".formatted(shortened(text), phrase),
                    "write %s in 0..%s".formatted(phrase, Long.toUnsignedString(max)));
        }
        return Reading.good(value.longValue());
    }

    /** Parses a number from 1 to `max`. */
    public static Reading<Long> positive(String text, long max, String phrase) {
        return read(text, Long.MAX_VALUE, phrase)
                .then(number -> number >= 1 && number <= max
                        ? Reading.good(number)
                        : Reading.bad(
                                Code.NUMBER_RANGE,
                                "`%s` is not %s".formatted(shortened(text), phrase),
                                "write %s in 1..%d".formatted(phrase, max)));
    }

    private static String shortened(String text) {
        return text.length() <= 40 ? text : text.substring(0, 40) + "…";
    }
}
