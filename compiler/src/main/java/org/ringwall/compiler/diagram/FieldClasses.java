// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ObjLongConsumer;
import java.util.stream.LongStream;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/**
 * The equivalence classes of one variable's values under {@link BitVectorClassifier}: values of
 * one class satisfy the same terms. Each class has a row with one bit per term, 64 in a word, the
 * lowest bit for the first term.
 *
 * <p>No search compares full 64-bit values. The top bit of a 64-bit variable is separated: the
 * classes are those of the other 63 bits, with one row for each value of the top bit.
 */
public final class FieldClasses {
    private final Variable variable;
    private final int size;
    private final Search search;
    private final long[][] below;
    private final long[][] above;

    /**
     * Intervals of numbers and their classes.
     *
     * @param boundaries the last number of every interval but the last one, ascending; empty if
     *     there is one class
     * @param classOfInterval the class of every interval; 0 for the first, and different for
     *     neighbours
     */
    public record Search(long[] boundaries, int[] classOfInterval) {
        /** Returns the number of classes. */
        public int classes() {
            return Arrays.stream(classOfInterval).max().orElse(0) + 1;
        }

        /** Returns the class of an unsigned number. */
        private int classOf(long number) {
            return classOfInterval[place(boundaries, number)];
        }
    }

    /** Intervals that are added in ascending order; neighbours of one class are joined. */
    private static final class Intervals {
        private final List<Long> highs = new ArrayList<>();
        private final List<Integer> classes = new ArrayList<>();

        void add(long high, int number) {
            int last = highs.size() - 1;
            if (last >= 0 && classes.get(last) == number) {
                highs.set(last, high);
            } else {
                highs.add(high);
                classes.add(number);
            }
        }

        Search search() {
            return new Search(
                    highs.subList(0, highs.size() - 1).stream()
                            .mapToLong(Long::longValue)
                            .toArray(),
                    classes.stream().mapToInt(Integer::intValue).toArray());
        }
    }

    private FieldClasses(Variable variable, int size, Search search, long[][] below, long[][] above) {
        this.variable = variable;
        this.size = size;
        this.search = search;
        this.below = below;
        this.above = above;
    }

    /** Returns the classes of a variable under these terms. */
    public static FieldClasses of(BitVectorClassifier terms, Variable variable) {
        long[] starts = starts(terms, variable);
        long[][] words = bits(terms, variable, starts);
        Map<BitSet, Integer> known = new HashMap<>();
        List<long[]> rows = new ArrayList<>();
        Intervals intervals = new Intervals();
        for (int i = 0; i < words.length; i++) {
            int number = known.computeIfAbsent(BitSet.valueOf(words[i]), bits -> known.size());
            if (number == rows.size()) {
                rows.add(words[i]);
            }
            intervals.add(i + 1 < words.length ? starts[i + 1] - 1 : variable.max(), number);
        }
        Search search = intervals.search();
        return variable.bits() == Long.SIZE
                ? halved(variable, search, rows)
                : new FieldClasses(variable, rows.size(), search, rows.toArray(long[][]::new), new long[0][]);
    }

    /** Returns the classes of the low 63 bits, with rows for both values of the top bit. */
    private static FieldClasses halved(Variable variable, Search whole, List<long[]> rows) {
        long[] ends = LongStream.concat(
                        Arrays.stream(whole.boundaries()).map(boundary -> boundary & Long.MAX_VALUE),
                        LongStream.of(Long.MAX_VALUE))
                .sorted()
                .distinct()
                .toArray();
        Map<Long, Integer> known = new HashMap<>();
        List<long[]> below = new ArrayList<>();
        List<long[]> above = new ArrayList<>();
        Intervals intervals = new Intervals();
        for (long end : ends) {
            int lower = whole.classOf(end);
            int upper = whole.classOf(end | Long.MIN_VALUE);
            int number = known.computeIfAbsent((long) lower << Integer.SIZE | upper, pair -> known.size());
            if (number == below.size()) {
                below.add(rows.get(lower));
                above.add(rows.get(upper));
            }
            intervals.add(end, number);
        }
        return new FieldClasses(
                variable, rows.size(), intervals.search(), below.toArray(long[][]::new), above.toArray(long[][]::new));
    }

    /**
     * Returns the first numbers of the intervals in which no term changes, ascending as unsigned
     * numbers. An array, because a set may have a million intervals.
     */
    private static long[] starts(BitVectorClassifier terms, Variable variable) {
        LongStream.Builder starts = LongStream.builder().add(ordered(0));
        for (BitVectorClassifier.Term term : terms.list()) {
            IntervalSet set = term.where().getOrDefault(variable, IntervalSet.EMPTY);
            for (Interval interval : set.intervals()) {
                starts.add(ordered(interval.low().toLongExact()));
                long high = interval.high().toLongExact();
                if (high != variable.max()) {
                    starts.add(ordered(high + 1));
                }
            }
        }
        return starts.build().sorted().distinct().map(FieldClasses::ordered).toArray();
    }

    /** Maps unsigned numbers to signed ones of the same order, and back. */
    private static long ordered(long number) {
        return number ^ Long.MIN_VALUE;
    }

    /** Returns one bit per term for each interval that begins at these numbers. */
    private static long[][] bits(BitVectorClassifier terms, Variable variable, long[] starts) {
        int width = (terms.list().size() + Long.SIZE - 1) / Long.SIZE;
        long[][] words = new long[starts.length][width];
        for (int term = 0; term < terms.list().size(); term++) {
            IntervalSet set = terms.list().get(term).where().get(variable);
            if (set == null) {
                fill(words, 0, starts.length, term);
                continue;
            }
            for (Interval interval : set.intervals()) {
                long high = interval.high().toLongExact();
                int from = place(starts, interval.low().toLongExact());
                int to = high == variable.max() ? starts.length : place(starts, high + 1);
                fill(words, from, to, term);
            }
        }
        return words;
    }

    /** Returns the index of the first number that is at least `number`, both unsigned. */
    private static int place(long[] ascending, long number) {
        int low = 0;
        int high = ascending.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(ascending[middle], number) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static void fill(long[][] words, int from, int to, int term) {
        for (int i = from; i < to; i++) {
            words[i][term / Long.SIZE] |= 1L << term % Long.SIZE;
        }
    }

    public Variable variable() {
        return variable;
    }

    /** Returns the number of classes of values. */
    public int size() {
        return size;
    }

    /** Returns the search for the class of a value, without its top bit if that is separated. */
    public Search search() {
        return search;
    }

    /** Returns whether the top bit is separated. */
    public boolean isHalved() {
        return above.length > 0;
    }

    /** Returns the number of words of a row. */
    public int words() {
        return below[0].length;
    }

    /**
     * Returns the number of bits of a class number: the top bit if it is separated, followed by the
     * class of the other bits.
     */
    public int bits() {
        return isHalved() ? 1 + bits(below.length) : Math.max(1, bits(below.length));
    }

    /** Returns the number of bits of the numbers from 0 to `numbers` - 1. */
    private static int bits(int numbers) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(numbers - 1);
    }

    /** Returns the row of each number of {@link #bits} bits; null for a number without a class. */
    public long[][] byNumber() {
        long[][] all = new long[1 << bits()][];
        System.arraycopy(below, 0, all, 0, below.length);
        System.arraycopy(above, 0, all, all.length / 2, above.length);
        return all;
    }

    /**
     * Passes the row and the last number of every interval of values to `each`, in ascending order.
     */
    public void intervals(ObjLongConsumer<long[]> each) {
        intervals(below, 0, isHalved() ? Long.MAX_VALUE : variable.max(), each);
        if (isHalved()) {
            intervals(above, Long.MIN_VALUE, -1L, each);
        }
    }

    private void intervals(long[][] rows, long top, long last, ObjLongConsumer<long[]> each) {
        for (int i = 0; i < search.classOfInterval.length; i++) {
            long high = i < search.boundaries.length ? search.boundaries[i] | top : last;
            each.accept(rows[search.classOfInterval[i]], high);
        }
    }

    @Override
    public String toString() {
        return size + " classes of " + variable;
    }
}
