// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import java.math.BigInteger;

/** A range of numbers, including both ends, that an entry or an element of a range covers. */
record Span(BigInteger low, BigInteger high) {
    Span {
        if (low.signum() < 0 || low.compareTo(high) > 0) {
            throw new IllegalArgumentException(low + ".." + high);
        }
    }

    static Span of(long low, long high) {
        return new Span(unsigned(low), unsigned(high));
    }

    static BigInteger unsigned(long number) {
        return number >= 0 ? BigInteger.valueOf(number) : new BigInteger(Long.toUnsignedString(number));
    }

    boolean contains(Span other) {
        return low.compareTo(other.low) <= 0 && other.high.compareTo(high) <= 0;
    }

    boolean meets(Span other) {
        return low.compareTo(other.high) <= 0 && other.low.compareTo(high) <= 0;
    }
}
