package org.ringwall.compiler.table;

import java.util.Comparator;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How intervals of numbers of 32 bits lie in an {@link IntervalHash}.
 *
 * @param cellBits the low bits of a number that do not say in which cell it is, 0 to 31
 * @param grainBits how many low bits are 0 in all first numbers and 1 in all last ones, where both fit one word: the upper bits
 *     of a slot are those of the first number, its low bits how many grains follow. 0 where a slot is two words, the first number and how many follow
 * @param pieces how many slots are taken: each interval takes one in each cell that it has numbers of
 * @param load how many of a hundred slots may be taken: fewer where cells have several pieces. 0 where one product finds the slot
 */
public record IntervalShape(int cellBits, int grainBits, int pieces, int load) {
    /** Slots of a bucket that two products name. */
    static final int CUCKOO_SLOTS = 2;

    /** More bytes are left to search trees, which take less room for intervals that lie in many cells. */
    private static final int MOST_BYTES = 1 << 20;

    private static final int WORD = 32;
    private static final int MOST_GRAIN_BITS = 15;

    /** A cell has two buckets of two slots, of which others need some. */
    private static final int MOST_IN_CELL = 3;

    /** The two buckets of cell 0 are one, whatever it is multiplied by. */
    private static final int MOST_IN_FIRST_CELL = 2;

    /** Of a hundred slots: where each cell has one piece, and how many fewer where all have several. */
    private static final int LOAD = 82;

    private static final int CROWDED_LESS = 44;

    /**
     * The shape that takes the least room for intervals that are apart and in order; empty where there is none, since too many lie
     * side by side, or in too many cells.
     *
     * @param lows the first number of each, unsigned, one at least
     * @param highs its last number
     */
    public static Optional<IntervalShape> of(long[] lows, long[] highs) {
        return shapes(lows, highs).min(Comparator.comparingLong(IntervalShape::bytes));
    }

    /** The shape with the fewest pieces of which each is alone in its cell; empty where there is none, or they are more than a few. */
    static Optional<IntervalShape> single(long[] lows, long[] highs) {
        if (lows.length > IntervalHash.MOST_SINGLE) {
            return Optional.empty();
        }
        return shapes(lows, highs)
                .filter(shape -> shape.load == LOAD && shape.pieces <= IntervalHash.MOST_SINGLE)
                .min(Comparator.comparingInt(IntervalShape::pieces))
                .map(shape -> new IntervalShape(shape.cellBits, shape.grainBits, shape.pieces, 0));
    }

    private static Stream<IntervalShape> shapes(long[] lows, long[] highs) {
        int grain = Math.min(MOST_GRAIN_BITS, grain(lows, highs));
        return IntStream.range(0, WORD)
                // The grains that follow the first one in a cell must fit the bits below its number.
                .mapToObj(cell -> counted(lows, highs, cell, cell <= 2 * grain ? grain : 0))
                .flatMap(Optional::stream);
    }

    private static int grain(long[] lows, long[] highs) {
        long ends = 0;
        for (int i = 0; i < lows.length; i++) {
            ends |= lows[i] | highs[i] + 1;
        }
        return Math.min(WORD, Long.numberOfTrailingZeros(ends));
    }

    /** The shape with these cells; nothing where it is too large, or one of them too full. */
    private static Optional<IntervalShape> counted(long[] lows, long[] highs, int cellBits, int grainBits) {
        int slotBytes = grainBits > 0 ? Integer.BYTES : Long.BYTES;
        long most = (long) MOST_BYTES / slotBytes * LOAD / 100;
        long pieces = 0;
        long crowded = 0;
        long lastCell = -1;
        int inLast = 0;
        for (int i = 0; i < lows.length && pieces <= most; i++) {
            long first = lows[i] >>> cellBits;
            long last = highs[i] >>> cellBits;
            inLast = first == lastCell ? inLast + 1 : 1;
            if (inLast > (first == 0 ? MOST_IN_FIRST_CELL : MOST_IN_CELL)) {
                return Optional.empty();
            }
            crowded += inLast == 1 ? 0 : inLast;
            pieces += last - first + 1;
            inLast = last == first ? inLast : 1;
            lastCell = last;
        }
        if (pieces > most) {
            return Optional.empty();
        }
        int load = (int) (LOAD - CROWDED_LESS * Math.min(pieces, crowded) / pieces);
        IntervalShape shape = new IntervalShape(cellBits, grainBits, (int) pieces, load);
        return Optional.of(shape).filter(each -> each.bytes() <= MOST_BYTES);
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

    /** 4 or 8. */
    public int slotBytes() {
        return isPacked() ? Integer.BYTES : Long.BYTES;
    }

    private long bytes() {
        return isSingle()
                ? IntervalHash.MOST_SINGLE_BYTES
                : (long) IntervalHash.buckets(pieces, load) * CUCKOO_SLOTS * slotBytes();
    }

    /** What one look costs. */
    public Cost cost() {
        int slots = isSingle() ? 1 : 2 * CUCKOO_SLOTS;
        int instructions = (isSingle() ? Costs.SLOT_INSTRUCTIONS : Costs.BUCKETS_INSTRUCTIONS)
                + slots * (isPacked() ? Costs.GRAINS_INSTRUCTIONS : Costs.INTERVAL_INSTRUCTIONS);
        return new Cost(instructions, (isSingle() ? Costs.INTERVAL_NS : Costs.INTERVALS_NS) + Costs.access(bytes()));
    }

    /** As `hash of 100 intervals in cells of 16 bits`. */
    public String text(int intervals) {
        return "%shash of %d intervals in cells of %d bits".formatted(isSingle() ? "direct " : "", intervals, cellBits);
    }

    /** Intervals that lie in one cell each. */
    record Pieces(int[] lows, int[] mores, int count) {
        int low(int piece) {
            return lows[piece];
        }

        /** How many numbers follow its first one. */
        int more(int piece) {
            return mores[piece];
        }
    }

    Pieces cut(long[] lows, long[] highs) {
        int[] firsts = new int[pieces];
        int[] mores = new int[pieces];
        int at = 0;
        for (int i = 0; i < lows.length; i++) {
            for (long cell = lows[i] >>> cellBits; cell <= highs[i] >>> cellBits; cell++) {
                long low = Math.max(lows[i], cell << cellBits);
                long high = Math.min(highs[i], (cell + 1 << cellBits) - 1);
                firsts[at] = (int) low;
                mores[at++] = (int) (high - low);
            }
        }
        return new Pieces(firsts, mores, at);
    }
}
