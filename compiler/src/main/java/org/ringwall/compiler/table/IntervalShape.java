package org.ringwall.compiler.table;

import java.util.Comparator;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * How intervals of numbers lie in an {@link IntervalHash}.
 *
 * @param bits of a number: 32 or 64
 * @param cellBits the low bits of a number that do not say in which cell it is, fewer than it has
 * @param grainBits how many low bits are 0 in all first numbers and 1 in all last ones, where both fit one word: the upper bits
 *     of a slot are those of the first number, its low bits how many grains follow. 0 where a slot is two words, the first number and how many follow
 * @param pieces how many slots are taken: each interval takes one in each cell that it has numbers of
 * @param load how many of a hundred slots may be taken: fewer where cells have several pieces. 0 where one product finds the slot
 */
public record IntervalShape(int bits, int cellBits, int grainBits, int pieces, int load) {
    /** Slots of a bucket that two products name. */
    static final int CUCKOO_SLOTS = 2;

    /** More bytes are left to search trees, which take less room for intervals that lie in many cells. */
    private static final int MOST_BYTES = 1 << 20;

    private static final int MOST_GRAIN_BITS = 15;

    /** A cell has two buckets of two slots, of which others need some. */
    private static final int MOST_IN_CELL = 3;

    /** The two buckets of cell 0 are one, whatever it is multiplied by. */
    private static final int MOST_IN_FIRST_CELL = 2;

    /** Of a hundred slots: where each cell has one piece, and how many fewer where all have several. */
    private static final int LOAD = 82;

    private static final int CROWDED_LESS = 44;
    private static final int PERCENT = 100;

    /**
     * Intervals that are apart and in order, one at least.
     *
     * @param bits 32 if no number has more, else 64
     * @param lows the first number of each, unsigned
     * @param highs its last number
     */
    public record Intervals(int bits, long[] lows, long[] highs) {
        /** How many low bits are 0 in all first numbers, and 1 in all last ones. */
        private int grain() {
            long ends = IntStream.range(0, lows.length)
                    .mapToLong(i -> lows[i] | highs[i] + 1)
                    .reduce(0, (one, other) -> one | other);
            return Math.min(MOST_GRAIN_BITS, Long.numberOfTrailingZeros(ends));
        }
    }

    /** The shape that takes the least room; empty where there is none, since too many lie side by side, or in too many cells. */
    public static Optional<IntervalShape> of(Intervals intervals) {
        return shapes(intervals).min(Comparator.comparingLong(IntervalShape::bytes));
    }

    /** The shape with the fewest pieces of which each is alone in its cell; empty where there is none, or they are more than a few. */
    static Optional<IntervalShape> single(Intervals intervals) {
        if (intervals.lows().length > IntervalHash.MOST_SINGLE) {
            return Optional.empty();
        }
        return shapes(intervals)
                .filter(shape -> shape.load == LOAD && shape.pieces <= IntervalHash.MOST_SINGLE)
                .min(Comparator.comparingInt(IntervalShape::pieces))
                .map(shape -> new IntervalShape(shape.bits, shape.cellBits, shape.grainBits, shape.pieces, 0));
    }

    /** Cells are no smaller than a grain. */
    private static Stream<IntervalShape> shapes(Intervals intervals) {
        int grain = intervals.grain();
        return IntStream.range(grain, intervals.bits())
                // The grains that follow the first one in a cell must fit the bits below its number.
                .mapToObj(cell -> counted(intervals, cell, cell <= 2 * grain ? grain : 0))
                .flatMap(Optional::stream);
    }

    /** The shape with these cells; nothing where it is too large, or one of them too full. */
    private static Optional<IntervalShape> counted(Intervals intervals, int cellBits, int grainBits) {
        long most = new IntervalShape(intervals.bits(), cellBits, grainBits, 0, LOAD).mostPieces();
        long pieces = 0;
        long crowded = 0;
        long lastCell = -1;
        int inLast = 0;
        for (int i = 0; i < intervals.lows().length; i++) {
            long first = intervals.lows()[i] >>> cellBits;
            long last = intervals.highs()[i] >>> cellBits;
            inLast = first == lastCell ? inLast + 1 : 1;
            long more = last - first;
            pieces += Long.compareUnsigned(more, most) > 0 ? most + 1 : more + 1;
            if (inLast > (key(first) == 0 ? MOST_IN_FIRST_CELL : MOST_IN_CELL) || pieces > most) {
                return Optional.empty();
            }
            crowded += inLast == 1 ? 0 : inLast;
            inLast = last == first ? inLast : 1;
            lastCell = last;
        }
        int load = (int) (LOAD - CROWDED_LESS * Math.min(pieces, crowded) / pieces);
        IntervalShape shape = new IntervalShape(intervals.bits(), cellBits, grainBits, (int) pieces, load);
        return Optional.of(shape).filter(each -> each.bytes() <= MOST_BYTES);
    }

    private long mostPieces() {
        return (long) MOST_BYTES / slotBytes() * LOAD / PERCENT;
    }

    /** What a cell is hashed by: its own number, of more than 32 bits the lower and the upper ones in one. */
    private static int key(long cell) {
        return (int) (cell ^ cell >>> Integer.SIZE);
    }

    /** Whether {@link #key} is more than the cell's lower bits. */
    public boolean isFolded() {
        return bits - cellBits > Integer.SIZE;
    }

    /** Whether one product finds the slot of a number. */
    public boolean isSingle() {
        return load == 0;
    }

    /** How many slots a bucket has. */
    public int slotsOfBucket() {
        return isSingle() ? 1 : CUCKOO_SLOTS;
    }

    /** Whether a slot is one word. */
    public boolean isPacked() {
        return grainBits > 0;
    }

    /** 4, 8 or 16. */
    public int slotBytes() {
        return (isPacked() ? 1 : 2) * bits / Byte.SIZE;
    }

    private long bytes() {
        return isSingle()
                ? IntervalHash.MOST_SINGLE_BYTES
                : (long) IntervalHash.buckets(pieces, load) * CUCKOO_SLOTS * slotBytes();
    }

    /** What one look costs. */
    public Cost cost() {
        int slots = isSingle() ? 1 : 2 * CUCKOO_SLOTS;
        boolean longer = bits == Long.SIZE && !isPacked();
        int ofSlot = (isPacked() ? Costs.GRAINS_INSTRUCTIONS : Costs.INTERVAL_INSTRUCTIONS) + (longer ? 1 : 0);
        int before = isSingle() ? Costs.SLOT_INSTRUCTIONS : Costs.BUCKETS_INSTRUCTIONS;
        int folding = isFolded() ? Costs.FOLD_INSTRUCTIONS : 0;
        double ns = isSingle() ? Costs.INTERVAL_NS : Costs.INTERVALS_NS;
        return new Cost(before + folding + slots * ofSlot, ns + Costs.access(bytes()));
    }

    /** As `hash of 100 intervals in cells of 16 bits`. */
    public String text(int intervals) {
        return "%shash of %d intervals in cells of %d bits".formatted(isSingle() ? "direct " : "", intervals, cellBits);
    }

    /** Intervals that lie in one cell each. */
    record Pieces(long[] lows, long[] mores) {
        long low(int piece) {
            return lows[piece];
        }

        /** How many numbers follow its first one. */
        long more(int piece) {
            return mores[piece];
        }
    }

    /** What each piece is hashed by. */
    int[] keys(Pieces pieces) {
        return LongStream.of(pieces.lows())
                .mapToInt(low -> key(low >>> cellBits))
                .toArray();
    }

    Pieces cut(Intervals intervals) {
        long[] firsts = new long[pieces];
        long[] mores = new long[pieces];
        int at = 0;
        for (int i = 0; i < intervals.lows().length; i++) {
            long end = intervals.highs()[i];
            long low = intervals.lows()[i];
            for (long left = (end >>> cellBits) - (low >>> cellBits); left >= 0; left--) {
                long high = left == 0 ? end : low | (1L << cellBits) - 1;
                firsts[at] = low;
                mores[at++] = high - low;
                low = high + 1;
            }
        }
        return new Pieces(firsts, mores);
    }
}
