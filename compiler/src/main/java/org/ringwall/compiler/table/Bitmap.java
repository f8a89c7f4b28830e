package org.ringwall.compiler.table;

import java.nio.ByteOrder;

/**
 * One bit for each number of 16 bits or fewer, from the lowest bit of the first byte on: its class, of which there are
 * two.
 */
public final class Bitmap implements LookupTable {
    /** The widest number: 8 KiB of bits. */
    public static final int MOST_BITS = 16;

    private final int bits;
    private final byte[] bytes;
    private final String symbol;

    /** The bitmap of numbers with so many bits, in which intervals that end at these numbers take turns; the first is 0. */
    public Bitmap(long[] highs, int bits) {
        if (bits < 3 || bits > MOST_BITS || highs[highs.length - 1] != (1L << bits) - 1) {
            throw new IllegalArgumentException("a bitmap of numbers of " + bits + " bits");
        }
        this.bits = bits;
        this.bytes = new byte[1 << bits - 3];
        for (int i = 1; i < highs.length; i += 2) {
            for (long number = highs[i - 1] + 1; number <= highs[i]; number++) {
                bytes[(int) number >> 3] |= (byte) (1 << (number & 7));
            }
        }
        this.symbol = DataTable.symbol("bitmap", bytes);
    }

    /** What selects a byte: the number of bytes less one. */
    public int byteMask() {
        return bytes.length - 1;
    }

    /** What a bit of a bitmap for such numbers costs. */
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
