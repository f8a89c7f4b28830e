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
 * @param buckets what buckets there are
 * @param load how many of a hundred slots may be taken, where two products name a bucket: fewer where cells have several pieces
 */
public record IntervalShape(int bits, int cellBits, int grainBits, int pieces, IntervalBuckets buckets, int load) {
    private static final int MOST_GRAIN_BITS = 15;

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

    /**
     * The shape that takes the least room, with pairs of slots if there is one; empty where there is none, since too many lie side by side, or in
     * too many cells.
     */
    public static Optional<IntervalShape> of(Intervals intervals) {
        return smallest(intervals, IntervalBuckets.PAIRS).or(() -> wide(intervals));
    }

    /** The shape with wide buckets that takes the least room; empty where there is none. */
    public static Optional<IntervalShape> wide(Intervals intervals) {
        return smallest(intervals, IntervalBuckets.WIDE);
    }

    private static Optional<IntervalShape> smallest(Intervals intervals, IntervalBuckets buckets) {
        return shapes(intervals, buckets).min(Comparator.comparingLong(IntervalShape::bytes));
    }

    /** The shape with the fewest pieces of which each is alone in its cell; empty where there is none, or they are more than a few. */
    static Optional<IntervalShape> single(Intervals intervals) {
        if (intervals.lows().length > IntervalHash.MOST_SINGLE) {
            return Optional.empty();
        }
        return shapes(intervals, IntervalBuckets.SINGLE)
                .filter(shape -> shape.pieces <= IntervalHash.MOST_SINGLE)
                .min(Comparator.comparingInt(IntervalShape::pieces));
    }

    /** Cells are no smaller than a grain. */
    private static Stream<IntervalShape> shapes(Intervals intervals, IntervalBuckets buckets) {
        int grain = intervals.grain();
        return IntStream.range(grain, intervals.bits()).boxed().flatMap(cell -> {
            // The grains that follow the first one in a cell must fit the bits below its number.
            int grainBits = buckets != IntervalBuckets.WIDE && cell <= 2 * grain ? grain : 0;
            return count(intervals, cell, buckets, slotBytes(intervals.bits(), grainBits))
                    .map(count -> new IntervalShape(
                            intervals.bits(),
                            cell,
                            grainBits,
                            (int) count.pieces(),
                            buckets,
                            buckets.load(count.pieces(), count.crowded())))
                    .filter(shape -> shape.bytes() <= buckets.mostBytes())
                    .stream();
        });
    }

    /** How many pieces intervals are cut into, and how many of them share a cell. */
    private record Count(long pieces, long crowded) {}

    /** Nothing where they are too many, or one of the cells is too full. */
    private static Optional<Count> count(Intervals intervals, int cellBits, IntervalBuckets buckets, int slotBytes) {
        long most = buckets.mostPieces(slotBytes);
        long count = 0;
        long crowded = 0;
        long lastCell = -1;
        int inLast = 0;
        for (int i = 0; i < intervals.lows().length; i++) {
            long first = intervals.lows()[i] >>> cellBits;
            long last = intervals.highs()[i] >>> cellBits;
            inLast = first == lastCell ? inLast + 1 : 1;
            long more = last - first;
            count += Long.compareUnsigned(more, most) > 0 ? most + 1 : more + 1;
            if (inLast > buckets.mostInCell(key(first)) || count > most) {
                return Optional.empty();
            }
            crowded += inLast == 1 ? 0 : inLast;
            inLast = last == first ? inLast : 1;
            lastCell = last;
        }
        return buckets.takes(count, crowded) ? Optional.of(new Count(count, crowded)) : Optional.empty();
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
        return buckets == IntervalBuckets.SINGLE;
    }

    /** Whether a slot is one word. */
    public boolean isPacked() {
        return grainBits > 0;
    }

    /** 4, 8 or 16. */
    public int slotBytes() {
        return slotBytes(bits, grainBits);
    }

    private static int slotBytes(int bits, int grainBits) {
        return (grainBits > 0 ? 1 : 2) * bits / Byte.SIZE;
    }

    private long bytes() {
        return isSingle() ? IntervalHash.MOST_SINGLE_BYTES : (long) buckets.count(pieces, load) * bucketBytes();
    }

    /** How far buckets are apart. */
    public int bucketBytes() {
        return buckets.slots() * slotBytes();
    }

    /** How many parts the table lies in, each no larger than a section. */
    int parts() {
        return (int) ((bytes() + DataTable.MOST_BYTES - 1) / DataTable.MOST_BYTES);
    }

    /** What one look costs. */
    public Cost cost() {
        boolean longer = bits == Long.SIZE && !isPacked();
        int ofSlot = (isPacked() ? Costs.GRAINS_INSTRUCTIONS : Costs.INTERVAL_INSTRUCTIONS) + (longer ? 1 : 0);
        int folding = isFolded() ? Costs.FOLD_INSTRUCTIONS : 0;
        double fetched = Costs.access(bytes());
        return switch (buckets) {
            case SINGLE -> new Cost(Costs.SLOT_INSTRUCTIONS + folding + ofSlot, Costs.INTERVAL_NS + fetched);
            case PAIRS ->
                new Cost(
                        Costs.BUCKETS_INSTRUCTIONS + folding + 2 * buckets.slots() * ofSlot,
                        Costs.INTERVALS_NS + fetched);
            case WIDE -> {
                int more = parts() - 1;
                int before = Costs.WIDE_INSTRUCTIONS + folding + more * Costs.SHARE_INSTRUCTIONS;
                yield new Cost(
                        before + 2 * buckets.slots() * ofSlot, Costs.WIDE_NS + more * Costs.COMPARE_NS / 2 + fetched);
            }
        };
    }

    /** As `hash of 100 intervals in cells of 16 bits`. */
    public String text(int intervals) {
        String kind = switch (buckets) {
            case SINGLE -> "direct ";
            case PAIRS -> "";
            case WIDE -> "wide ";
        };
        return "%shash of %d intervals in cells of %d bits".formatted(kind, intervals, cellBits);
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
