package org.ringwall.compiler.ir;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The class of each number up to {@link #MOST}, two bytes each, by its place. Code looks at no number beyond. */
public final class IndexTable implements LookupTable {
    /** The greatest number: that of a device's major (MINORBITS in include/linux/kdev_t.h leaves 12 bits of 32). */
    public static final int MOST = 4095;

    private final char[] classOf = new char[MOST + 1];
    private final int classes;
    private final String symbol;

    /** The table of ways of which the last one begins below the end, and their classes. */
    IndexTable(Ways ways, int[] classOfWay) {
        int most = 0;
        for (int i = 0; i < ways.size(); i++) {
            long high = Math.min(MOST, ways.at(i).high());
            for (long number = ways.at(i).low(); number <= high; number++) {
                classOf[(int) number] = (char) classOfWay[i];
            }
            most = Math.max(most, classOfWay[i]);
        }
        this.classes = most + 1;
        this.symbol = DataTable.symbol("index", content(ByteOrder.LITTLE_ENDIAN));
    }

    @Override
    public int classes() {
        return classes;
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
