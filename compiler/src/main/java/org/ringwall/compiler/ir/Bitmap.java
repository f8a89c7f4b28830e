package org.ringwall.compiler.ir;

import java.nio.ByteOrder;

/**
 * One bit for each number of 16 bits or fewer, from the lowest bit of the first byte on: its class, of which there are
 * two.
 */
public final class Bitmap implements LookupTable {
    /** The widest number: 8 KiB of bits. */
    static final int MOST_BITS = 16;

    private final int bits;
    private final byte[] bytes;
    private final String symbol;

    /** The bitmap of numbers with so many bits, in which the intervals of the ways take turns. */
    Bitmap(Ways ways, int bits) {
        if (bits < 3 || bits > MOST_BITS || ways.max() != Bits.max(bits)) {
            throw new IllegalArgumentException("a bitmap of numbers of " + bits + " bits");
        }
        this.bits = bits;
        this.bytes = new byte[1 << bits - 3];
        for (int i = 1; i < ways.size(); i += 2) {
            for (long number = ways.at(i).low(); number <= ways.at(i).high(); number++) {
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
    static Cost cost(int bits) {
        return new Cost(Costs.BIT_INSTRUCTIONS, Costs.BIT_NS + Costs.access(1L << bits - 3));
    }

    @Override
    public int classes() {
        return 2;
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
