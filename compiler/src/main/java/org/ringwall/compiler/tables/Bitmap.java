// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import java.nio.ByteOrder;
import java.util.Optional;

/**
 * A table with one bit for each number of at most 16 bits: its class, of which there are two.
 *
 * <p>A bitmap over plain numbers holds bit {@code number & 7} of byte {@code number >> 3}. A bitmap
 * over 16-bit numbers can instead be indexed by a two-byte load in network order: {@code stored},
 * the number with its bytes swapped on little-endian machines. It holds bit {@code stored >> 13} of
 * byte {@code stored & 0x1fff}. Its bytes depend on the object's byte order, and numbers below
 * 1,024 occupy at most 32 cache lines.
 */
public final class Bitmap implements LookupTable {
    /** The widest number, which takes 8 KiB of bits. */
    public static final int MOST_BITS = 16;

    /**
     * The number of low bits of a stored number that select the byte; the bits above select the
     * bit.
     */
    public static final int STORED_BYTE_BITS = 13;

    private final int bits;
    private final byte[] bytes;
    private final boolean stored;
    private final String symbol;

    private Bitmap(int bits, byte[] bytes, boolean stored) {
        this.bits = bits;
        this.bytes = bytes;
        this.stored = stored;
        this.symbol = DataTable.symbol(stored ? "ports" : "bitmap", bytes);
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
        return new Bitmap(bits, bytes, false);
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
    public boolean takesStored() {
        return stored;
    }

    @Override
    public Optional<LookupTable> forStored() {
        return bits == MOST_BITS && !stored ? Optional.of(new Bitmap(bits, bytes, true)) : Optional.empty();
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
        if (!stored) {
            return bytes.clone();
        }
        byte[] laid = new byte[bytes.length];
        for (int number = 0; number < 1 << bits; number++) {
            int lies = order == ByteOrder.BIG_ENDIAN ? number : Short.toUnsignedInt(Short.reverseBytes((short) number));
            int bit = bytes[number >> 3] >> (number & 7) & 1;
            laid[lies & byteMask()] |= (byte) (bit << (lies >> STORED_BYTE_BITS));
        }
        return laid;
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
        return visitor.bitmap(this);
    }
}
