package org.ringwall.compiler.ir;

/**
 * The numbers from `low` on, `size` of them, all of 32 bits.
 *
 * @param low 0 to 2^32 - 1
 * @param size 1 to 2^31: what an instruction can add
 */
public record Range(long low, long size) {
    /** The most numbers that one may have. */
    public static final long MOST = 1L << 31;

    private static final long NUMBERS = 1L << Integer.SIZE;

    public Range {
        if (low < 0 || size < 1 || size > MOST || low + size > NUMBERS) {
            throw new IllegalArgumentException("a range of " + size + " numbers from " + low);
        }
    }

    /** The last of them. */
    public long high() {
        return low + size - 1;
    }
}
