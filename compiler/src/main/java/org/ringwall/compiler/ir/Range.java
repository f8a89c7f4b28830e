// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

/**
 * A range of `size` consecutive 32-bit numbers that begins at `low`.
 *
 * @param low 0 to 2^32 - 1
 * @param size 1 to 2^31, the limit of an immediate that is added
 */
public record Range(long low, long size) {
    /** The maximum size. */
    public static final long MOST = 1L << 31;

    private static final long NUMBERS = 1L << Integer.SIZE;

    public Range {
        if (low < 0 || size < 1 || size > MOST || low + size > NUMBERS) {
            throw new IllegalArgumentException("a range of " + size + " numbers from " + low);
        }
    }

    /** Returns the last number of the range. */
    public long high() {
        return low + size - 1;
    }
}
