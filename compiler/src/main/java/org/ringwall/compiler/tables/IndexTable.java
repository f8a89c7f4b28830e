// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A table of the classes of the numbers up to {@link #MOST}, two bytes each. Code must not look up
 * greater numbers.
 */
public final class IndexTable implements LookupTable {
    /**
     * The number of bits: those of a major device number (MINORBITS in include/linux/kdev_t.h
     * leaves 12 of 32).
     */
    public static final int BITS = 12;

    /** The greatest number. */
    public static final int MOST = (1 << BITS) - 1;

    private final char[] classOf = new char[MOST + 1];
    private final int classes;
    private final String symbol;

    /**
     * Creates the table of intervals that end at these numbers, with their classes. The last
     * interval must begin within the table.
     */
    public IndexTable(long[] highs, int[] classOfInterval) {
        int most = 0;
        long low = 0;
        for (int i = 0; i < highs.length; i++) {
            long high = Math.min(MOST, highs[i]);
            for (long number = low; number <= high; number++) {
                classOf[(int) number] = (char) classOfInterval[i];
            }
            low = highs[i] + 1;
            most = Math.max(most, classOfInterval[i]);
        }
        this.classes = most + 1;
        this.symbol = DataTable.symbol("index", content(ByteOrder.LITTLE_ENDIAN));
    }

    /** Returns the cost of a lookup. */
    public static Cost cost() {
        return new Cost(Costs.INDEX_INSTRUCTIONS, Costs.LOOKUP_NS + Costs.access((MOST + 1L) * Character.BYTES));
    }

    @Override
    public int resultBits() {
        return LookupTable.bitsOfClasses(classes);
    }

    @Override
    public int numberBits() {
        return Integer.SIZE;
    }

    @Override
    public String symbol() {
        return symbol;
    }

    @Override
    public byte[] content(ByteOrder order) {
        ByteBuffer bytes = ByteBuffer.allocate(classOf.length * Character.BYTES).order(order);
        for (char number : classOf) {
            bytes.putChar(number);
        }
        return bytes.array();
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
        return visitor.indexTable(this);
    }
}
