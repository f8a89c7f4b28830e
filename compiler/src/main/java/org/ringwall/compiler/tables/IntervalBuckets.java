// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

/** The kinds of buckets of an {@link IntervalHash}. */
public enum IntervalBuckets {
    /** One slot, selected by one product. */
    SINGLE(1, 1, 0, IntervalHash.MOST_SINGLE_BYTES, 100, 0),

    /** Two slots, in each of two buckets that two products select. */
    PAIRS(2, 3, 100, 1 << 20, 82, 44),

    /**
     * Four slots of two words in each of two buckets. Twice as many intervals are tested, so cells
     * may be larger and tables fuller. A table may extend over several sections.
     */
    WIDE(4, 6, 50, 4 * DataTable.MOST_BYTES, 94, 20);

    private static final int PERCENT = 100;

    private final int slots;
    private final int mostInCell;
    private final int mostCrowded;
    private final int mostBytes;
    private final int load;
    private final int crowdedLess;

    IntervalBuckets(int slots, int mostInCell, int mostCrowded, int mostBytes, int load, int crowdedLess) {
        this.slots = slots;
        this.mostInCell = mostInCell;
        this.mostCrowded = mostCrowded;
        this.mostBytes = mostBytes;
        this.load = load;
        this.crowdedLess = crowdedLess;
    }

    /** Returns the number of slots in a bucket. */
    public int slots() {
        return slots;
    }

    /**
     * Returns the maximum size of a table in bytes. Larger sets become search trees, which need
     * less memory for intervals that cover many cells.
     */
    int mostBytes() {
        return mostBytes;
    }

    /** Returns the maximum number of pieces in a table. */
    long mostPieces(int slotBytes) {
        return (long) mostBytes / slotBytes * load / PERCENT;
    }

    /**
     * Returns the maximum number of pieces that begin in a cell; other cells need some of the slots
     * of its two buckets.
     *
     * @param key the number that is multiplied; if it is 0, both buckets are the same
     */
    int mostInCell(int key) {
        return key == 0 ? slots : mostInCell;
    }

    /**
     * Whether few enough pieces share a cell for factors to be found.
     *
     * @param crowded the number of pieces that share a cell; a piece that shares cells with several
     *     others counts more than once
     */
    boolean takes(long pieces, long crowded) {
        return Math.min(pieces, crowded) * PERCENT <= pieces * mostCrowded;
    }

    /** Returns the load factor in percent; {@code crowded} as in {@link #takes}. */
    int load(long pieces, long crowded) {
        return (int) (load - crowdedLess * Math.min(pieces, crowded) / pieces);
    }

    /** Returns the number of buckets for this many pieces at a load factor in percent. */
    int count(int pieces, int ofHundred) {
        return Math.toIntExact(((long) pieces * PERCENT / ofHundred + slots) / slots);
    }
}
