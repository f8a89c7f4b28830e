// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import java.util.Comparator;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The layout of intervals in an {@link IntervalHash}.
 *
 * @param bits the width of a number: 32 or 64
 * @param cellBits the number of low bits that do not belong to the cell, less than `bits`
 * @param grainBits the number of low bits that are 0 in all first numbers and 1 in all last ones,
 *     if a slot is one word: its upper bits are those of the first number, its low bits the number
 *     of grains that follow. 0 if a slot is two words, the first number and the number of numbers
 *     that follow
 * @param pieces the number of used slots: one for each interval and each cell that it covers
 * @param buckets the kind of buckets
 * @param load the load factor in percent for two products, smaller if cells contain several pieces
 */
public record IntervalShape(int bits, int cellBits, int grainBits, int pieces, IntervalBuckets buckets, int load) {
    private static final int MOST_GRAIN_BITS = 15;

    /**
     * Disjoint intervals in ascending order, at least one.
     *
     * @param bits 32 if no number is wider, else 64
     * @param lows the first number of each, unsigned
     * @param highs the last number of each
     */
    public record Intervals(int bits, long[] lows, long[] highs) {
        /**
         * Returns the number of low bits that are 0 in all first numbers and 1 in all last ones.
         */
        private int grain() {
            long ends = IntStream.range(0, lows.length)
                    .mapToLong(i -> lows[i] | highs[i] + 1)
                    .reduce(0, (one, other) -> one | other);
            return Math.min(MOST_GRAIN_BITS, Long.numberOfTrailingZeros(ends));
        }
    }

    /**
     * Returns the smallest shape, preferably with pairs of slots; empty if too many intervals share
     * a cell or cover too many cells.
     */
    public static Optional<IntervalShape> of(Intervals intervals) {
        return smallest(intervals, IntervalBuckets.PAIRS).or(() -> wide(intervals));
    }

    /** Returns the smallest shape with wide buckets; empty if there is none. */
    public static Optional<IntervalShape> wide(Intervals intervals) {
        return smallest(intervals, IntervalBuckets.WIDE);
    }

    private static Optional<IntervalShape> smallest(Intervals intervals, IntervalBuckets buckets) {
        return shapes(intervals, buckets).min(Comparator.comparingLong(IntervalShape::bytes));
    }

    /**
     * Returns the shape with the fewest pieces, each alone in its cell; empty if there is none, or
     * if there are more than a few pieces.
     */
    static Optional<IntervalShape> single(Intervals intervals) {
        if (intervals.lows().length > IntervalHash.MOST_SINGLE) {
            return Optional.empty();
        }
        return shapes(intervals, IntervalBuckets.SINGLE)
                .filter(shape -> shape.pieces <= IntervalHash.MOST_SINGLE)
                .min(Comparator.comparingInt(IntervalShape::pieces));
    }

    /** Returns the possible shapes. Cells are no smaller than a grain. */
    private static Stream<IntervalShape> shapes(Intervals intervals, IntervalBuckets buckets) {
        int grain = intervals.grain();
        return IntStream.range(grain, intervals.bits()).boxed().flatMap(cell -> {
            // The number of grains after the first one in a cell must fit the bits below its
            // number.
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

    /** The number of pieces, and how many of them share a cell. */
    private record Count(long pieces, long crowded) {}

    /** Counts the pieces; empty if there are too many, or if a cell is too full. */
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

    /** Returns the number that is hashed for a cell: a cell of more than 32 bits is folded. */
    private static int key(long cell) {
        return (int) (cell ^ cell >>> Integer.SIZE);
    }

    /** Whether {@link #key} folds the cell. */
    public boolean isFolded() {
        return bits - cellBits > Integer.SIZE;
    }

    /** Whether one product finds the slot. */
    public boolean isSingle() {
        return buckets == IntervalBuckets.SINGLE;
    }

    /** Whether a slot is one word. */
    public boolean isPacked() {
        return grainBits > 0;
    }

    /** Returns the size of a slot: 4, 8 or 16. */
    public int slotBytes() {
        return slotBytes(bits, grainBits);
    }

    private static int slotBytes(int bits, int grainBits) {
        return (grainBits > 0 ? 1 : 2) * bits / Byte.SIZE;
    }

    private long bytes() {
        return isSingle() ? IntervalHash.MOST_SINGLE_BYTES : (long) buckets.count(pieces, load) * bucketBytes();
    }

    /** Returns the size of a bucket. */
    public int bucketBytes() {
        return buckets.slots() * slotBytes();
    }

    /** Returns the number of parts of the table, each no larger than a section. */
    int parts() {
        return (int) ((bytes() + DataTable.MOST_BYTES - 1) / DataTable.MOST_BYTES);
    }

    /** Returns the cost of a lookup. */
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

    /** Returns the description, as in `hash of 100 intervals in cells of 16 bits`. */
    public String text(int intervals) {
        String kind = switch (buckets) {
            case SINGLE -> "direct ";
            case PAIRS -> "";
            case WIDE -> "wide ";
        };
        return "%shash of %d intervals in cells of %d bits".formatted(kind, intervals, cellBits);
    }

    /** Parts of intervals that are in one cell each. */
    record Pieces(long[] lows, long[] mores) {
        long low(int piece) {
            return lows[piece];
        }

        /** Returns the number of numbers after the piece's first one. */
        long more(int piece) {
            return mores[piece];
        }
    }

    /** Returns the hashed number of each piece. */
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
