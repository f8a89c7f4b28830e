// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.value;

/** The unsigned numbers from `low` to `high`, both inclusive. */
public record Interval(U128 low, U128 high) {
    public Interval {
        if (low.compareTo(high) > 0) {
            throw new IllegalArgumentException("the interval " + low + ".." + high + " is upside down");
        }
    }

    /** Returns the interval between two unsigned 64-bit numbers. */
    public static Interval of(long low, long high) {
        return new Interval(U128.of(low), U128.of(high));
    }

    /** Returns whether the number is inside. */
    public boolean contains(U128 value) {
        return low.compareTo(value) <= 0 && value.compareTo(high) <= 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Interval interval && interval.low.equals(low) && interval.high.equals(high);
    }

    /** Mixes the two ends differently, because they are equal for a single number. */
    @Override
    public int hashCode() {
        return low.hashCode() * 0x9e37_79b1 ^ Integer.rotateLeft(high.hashCode(), 16);
    }

    @Override
    public String toString() {
        return low.equals(high) ? low.toString() : low + ".." + high;
    }
}
