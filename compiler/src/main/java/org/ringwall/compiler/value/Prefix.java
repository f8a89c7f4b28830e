// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.value;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * The unsigned numbers with a common prefix: the first number, and the number of leading bits that
 * they share.
 */
public record Prefix(BigInteger first, int length) {
    /**
     * Returns the smallest list of prefixes of `width`-bit numbers that cover exactly the interval,
     * ascending.
     */
    public static List<Prefix> of(Interval interval, int width) {
        List<Prefix> prefixes = new ArrayList<>();
        BigInteger low = number(interval.low());
        BigInteger high = number(interval.high());
        while (low.compareTo(high) <= 0) {
            int aligned = low.signum() == 0 ? width : low.getLowestSetBit();
            int fitting = high.subtract(low).add(BigInteger.ONE).bitLength() - 1;
            int free = Math.min(aligned, fitting);
            prefixes.add(new Prefix(low, width - free));
            low = low.add(BigInteger.ONE.shiftLeft(free));
        }
        return prefixes;
    }

    private static BigInteger number(U128 number) {
        return unsigned(number.high()).shiftLeft(Long.SIZE).or(unsigned(number.low()));
    }

    private static BigInteger unsigned(long number) {
        return new BigInteger(Long.toUnsignedString(number));
    }

    /** Returns bits 127 to 64 of the first number. */
    public long high() {
        return first.shiftRight(Long.SIZE).longValue();
    }

    /** Returns bits 63 to 0 of the first number. */
    public long low() {
        return first.longValue();
    }
}
