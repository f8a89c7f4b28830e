package org.ringwall.compiler.table;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Which of many rules a value allows to hold: a row for each class of values, with a bit for each rule, 64 of them in a word, the lowest bit
 * the first rule. There are a power of two of rows, so that a mask keeps every access inside; those behind the last class are zeros.
 */
public final class RuleRows implements DataTable {
    private final long[][] rows;
    private final int words;
    private final String symbol;

    /** The table of these rows, all of the same number of words; there are at least two. */
    public RuleRows(long[][] rows) {
        if (rows.length < 2 || rows[0].length == 0) {
            throw new IllegalArgumentException(rows.length + " rows of rules");
        }
        this.words = rows[0].length;
        this.rows = new long[1 << LookupTable.bitsOfClasses(rows.length)][words];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, this.rows[i], 0, words);
        }
        this.symbol = DataTable.symbol("rules", content(ByteOrder.LITTLE_ENDIAN));
        if (this.rows.length * stride() > MOST_BYTES) {
            throw new IllegalArgumentException(this.rows.length + " rows of " + words + " words are too large");
        }
    }

    /** How many rows there are, a power of two. */
    public int rows() {
        return rows.length;
    }

    /** How far one row is from the next. */
    public int stride() {
        return words * Long.BYTES;
    }

    @Override
    public String symbol() {
        return symbol;
    }

    /** A row of eight words is a cache line. */
    @Override
    public int alignment() {
        return SearchTree.LINE;
    }

    @Override
    public byte[] content(ByteOrder order) {
        ByteBuffer bytes = ByteBuffer.allocate(rows.length * stride()).order(order);
        for (long[] row : rows) {
            for (long word : row) {
                bytes.putLong(word);
            }
        }
        return bytes.array();
    }
}
