package org.ringwall.compiler.table;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An automaton as read-only data: for each byte the number of its symbol, then the rows, one for each state, with a word
 * of 4 bytes for each symbol: where in the rows the next state's begins. The rows are filled up to a power of two, so
 * that a mask keeps every access inside.
 */
public final class StringTable implements DataTable {
    /** Where the rows begin. */
    public static final int ROWS = 256;

    private final byte[] symbols;
    private final int[] words;

    /** A table of these symbols and rows; the words are a power of two. */
    public StringTable(byte[] symbols, int[] words) {
        if (symbols.length != ROWS || Integer.bitCount(words.length) != 1) {
            throw new IllegalArgumentException("no table has " + words.length + " words");
        }
        this.symbols = symbols.clone();
        this.words = words.clone();
    }

    /** The bit above every row. */
    public int cutBit() {
        return words.length * 4;
    }

    /** How many bytes it takes. */
    public int bytes() {
        return ROWS + words.length * 4;
    }

    @Override
    public byte[] content(ByteOrder order) {
        ByteBuffer buffer = ByteBuffer.allocate(bytes()).order(order).put(symbols);
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
