package org.ringwall.compiler.table;

/** What buckets an {@link IntervalHash} has. */
public enum IntervalBuckets {
    /** One slot, which one product names. */
    SINGLE(1, 1, 0, IntervalHash.MOST_SINGLE_BYTES, 100, 0),

    /** Two slots, of two buckets that two products name. */
    PAIRS(2, 3, 100, 1 << 20, 82, 44),

    /**
     * Four slots of two words: twice as many intervals are asked, so cells may be larger and a table fuller. What one section cannot
     * hold lies in several.
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

    /** How many slots each has. */
    public int slots() {
        return slots;
    }

    /** Bytes of a table: more are left to search trees, which take less room for intervals that lie in many cells. */
    int mostBytes() {
        return mostBytes;
    }

    /** Pieces of a table. */
    long mostPieces(int slotBytes) {
        return (long) mostBytes / slotBytes * load / PERCENT;
    }

    /**
     * Pieces that begin in a cell: others need some of the slots of its two buckets.
     *
     * @param key the number that products multiply; of 0 the two buckets are one
     */
    int mostInCell(int key) {
        return key == 0 ? slots : mostInCell;
    }

    /**
     * Whether so few of the pieces lie in a cell with others that factors are found.
     *
     * @param crowded how many do, where one that lies there with several counts more than once
     */
    boolean takes(long pieces, long crowded) {
        return Math.min(pieces, crowded) * PERCENT <= pieces * mostCrowded;
    }

    /** How many of a hundred slots may be taken, {@code crowded} as for {@link #takes}. */
    int load(long pieces, long crowded) {
        return (int) (load - crowdedLess * Math.min(pieces, crowded) / pieces);
    }

    /** How many buckets so many pieces need. */
    int count(int pieces, int ofHundred) {
        return Math.toIntExact(((long) pieces * PERCENT / ofHundred + slots) / slots);
    }
}
