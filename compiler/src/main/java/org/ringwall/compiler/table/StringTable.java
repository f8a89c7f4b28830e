package org.ringwall.compiler.table;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An automaton as read-only data: for each byte the number of its symbol, then the rows, one for each state, with a word
 * of 4 bytes for each symbol: where in the rows the next state's begins. The rows are filled up to a power of two, so
 * that a mask keeps every access inside. The rows of states that nothing leads out of are the last ones.
 */
public final class StringTable implements DataTable {
    /** Where the rows begin. */
    public static final int ROWS = 256;

    /** A symbol's place in a row is its number, shifted to the left by so much. */
    public static final int SCALE = 2;

    private final byte[] symbols;
    private final int[] words;
    private final int settled;
    private final boolean scaled;

    /**
     * A table of these symbols and rows; the words are a power of two.
     *
     * @param settled where the rows begin that lead to themselves alone; at or behind {@link #cutBit} if there are none
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

    /** The bit above every row. */
    public int cutBit() {
        return words.length * 4;
    }

    /** Rows from here on lead to themselves alone. */
    public int settled() {
        return settled;
    }

    /** Whether a byte holds each symbol's place in a row; else it holds its number. */
    public boolean isScaled() {
        return scaled;
    }

    /** How many bytes it takes. */
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
