// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The rows of a bit-vector classifier: for each class of values a row with one bit for each rule,
 * 64 in a word, the lowest bit for the first rule. The number of rows is a power of two, so that a
 * mask keeps every access in bounds; rows after the last class are zero.
 */
public final class RuleRows implements DataTable {
    private final long[][] rows;
    private final int words;
    private final String symbol;

    /** Creates the table of these rows, at least two, all with the same number of words. */
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

    /** Returns the number of rows, a power of two. */
    public int rows() {
        return rows.length;
    }

    /** Returns the size of a row in bytes. */
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
