// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import java.nio.ByteOrder;

/**
 * A table with one bit for each number of at most 16 bits: its class, of which there are two.
 * It holds bit {@code number & 7} of byte {@code number >> 3}.
 */
public final class Bitmap implements LookupTable {
    /** The widest number, which takes 8 KiB of bits. */
    public static final int MOST_BITS = 16;

    private final int bits;
    private final byte[] bytes;
    private final String symbol;

    private Bitmap(int bits, byte[] bytes) {
        this.bits = bits;
        this.bytes = bytes;
        this.symbol = DataTable.symbol("bitmap", bytes);
    }

    /**
     * Returns the bitmap of numbers of this width, in which intervals that end at these numbers
     * alternate between the classes, beginning with 0.
     */
    public static Bitmap of(long[] highs, int bits) {
        if (bits < 3 || bits > MOST_BITS || highs[highs.length - 1] != (1L << bits) - 1) {
            throw new IllegalArgumentException("a bitmap of numbers of " + bits + " bits");
        }
        byte[] bytes = new byte[1 << bits - 3];
        for (int i = 1; i < highs.length; i += 2) {
            for (long number = highs[i - 1] + 1; number <= highs[i]; number++) {
                bytes[(int) number >> 3] |= (byte) (1 << (number & 7));
            }
        }
        return new Bitmap(bits, bytes);
    }

    /** Returns the mask that selects a byte: the number of bytes less one. */
    public int byteMask() {
        return bytes.length - 1;
    }

    /** Returns the cost of a lookup for numbers of this width. */
    public static Cost cost(int bits) {
        return new Cost(Costs.BIT_INSTRUCTIONS, Costs.BIT_NS + Costs.access(1L << bits - 3));
    }

    @Override
    public int resultBits() {
        return 1;
    }

    @Override
    public int numberBits() {
        return bits;
    }

    @Override
    public String symbol() {
        return symbol;
    }

    @Override
    public byte[] content(ByteOrder order) {
        return bytes.clone();
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
        return visitor.bitmap(this);
    }
}
