// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.value;

import java.math.BigInteger;

/**
 * An unsigned 128-bit number, wide enough for every field. `high` and `low` are its halves as
 * unsigned longs.
 */
public record U128(long high, long low) implements Comparable<U128> {
    /** 0. */
    public static final U128 ZERO = new U128(0, 0);

    /** 2^128 − 1. */
    public static final U128 MAX = new U128(-1, -1);

    /** Returns the unsigned 64-bit number in `low`. */
    public static U128 of(long low) {
        return new U128(0, low);
    }

    /** Returns this plus one; wraps to zero. */
    public U128 next() {
        return new U128(low == -1 ? high + 1 : high, low + 1);
    }

    /** Returns this minus one; wraps to 2^128 − 1. */
    public U128 previous() {
        return new U128(low == 0 ? high - 1 : high, low - 1);
    }

    /**
     * Returns the value as an unsigned long.
     *
     * @throws ArithmeticException if it needs more than 64 bits
     */
    public long toLongExact() {
        if (high != 0) {
            throw new ArithmeticException(this + " needs more than 64 bits");
        }
        return low;
    }

    @Override
    public int compareTo(U128 other) {
        int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    /**
     * Compares both halves. The method is written out, like {@link #hashCode}, because sets compare
     * many numbers and the methods of a record are linked at startup.
     */
    @Override
    public boolean equals(Object other) {
        return other instanceof U128 number && number.high == high && number.low == low;
    }

    @Override
    public int hashCode() {
        return 31 * Long.hashCode(high) + Long.hashCode(low);
    }

    /** Returns the same number. */
    public BigInteger toBigInteger() {
        return new BigInteger(Long.toUnsignedString(high))
                .shiftLeft(64)
                .add(new BigInteger(Long.toUnsignedString(low)));
    }

    @Override
    public String toString() {
        return high == 0 ? Long.toUnsignedString(low) : toBigInteger().toString();
    }
}
