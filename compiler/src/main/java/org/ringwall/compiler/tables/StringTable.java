// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An automaton as read-only data: the symbol of each byte, then a row for each state with a 4-byte
 * word for each symbol, which is the offset of the next state's row. The rows are padded to a power
 * of two, so that a mask keeps every access in bounds. The rows of states without transitions to
 * other states are the last ones.
 */
public final class StringTable implements DataTable {
    /** The offset of the rows. */
    public static final int ROWS = 256;

    /** The left shift that turns a symbol into an offset in a row. */
    public static final int SCALE = 2;

    private final byte[] symbols;
    private final int[] words;
    private final int settled;
    private final boolean scaled;

    /**
     * Creates a table of these symbols and rows. The number of words must be a power of two.
     *
     * @param settled the offset of the first row that only leads to itself; at least
     *     {@link #cutBit} if there is none
     */
    public StringTable(byte[] symbols, int[] words, int settled) {
        if (symbols.length != ROWS || Integer.bitCount(words.length) != 1) {
            throw new IllegalArgumentException("no table has " + words.length + " words");
        }
        this.symbols = symbols.clone();
        this.words = words.clone();
        this.settled = settled;
        boolean narrow = true;
        for (byte symbol : symbols) {
            narrow &= Byte.toUnsignedInt(symbol) < ROWS >> SCALE;
        }
        this.scaled = narrow;
    }

    /** Returns the bit above every row offset. */
    public int cutBit() {
        return words.length * 4;
    }

    /** Returns the offset from which rows only lead to themselves. */
    public int settled() {
        return settled;
    }

    /** Whether the symbols are stored as offsets in a row, and not as numbers. */
    public boolean isScaled() {
        return scaled;
    }

    /** Returns the size in bytes. */
    public int bytes() {
        return ROWS + words.length * 4;
    }

    @Override
    public byte[] content(ByteOrder order) {
        ByteBuffer buffer = ByteBuffer.allocate(bytes()).order(order);
        for (byte symbol : symbols) {
            buffer.put((byte) (scaled ? symbol << SCALE : symbol));
        }
        for (int word : words) {
            buffer.putInt(word);
        }
        return buffer.array();
    }

    @Override
    public int alignment() {
        return Integer.BYTES;
    }

    @Override
    public String symbol() {
        return DataTable.symbol("strings", content(ByteOrder.LITTLE_ENDIAN));
    }
}
