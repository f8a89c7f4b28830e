package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/**
 * The values of one variable as {@link Terms} tell them apart: two are of one class if the same terms may hold with either.
 *
 * @param boundaries the last value of every interval but the last one, ascending, unsigned; the classes of two neighbours differ
 * @param classOfInterval the class of every interval; the first interval's is 0
 * @param rows for each class a bit for each term, 64 of them in a word, the lowest bit the first term
 */
public record TermClasses(Variable variable, long[] boundaries, int[] classOfInterval, long[][] rows) {
    /** What these terms make of a variable. */
    public static TermClasses of(Terms terms, Variable variable) {
        TreeSet<Long> begins = new TreeSet<>(Long::compareUnsigned);
        for (Terms.Term term : terms.list()) {
            IntervalSet set = term.where().get(variable);
            if (set != null) {
                for (Interval interval : set.intervals()) {
                    begins.add(interval.low().toLongExact());
                    if (interval.high().toLongExact() != variable.max()) {
                        begins.add(interval.high().toLongExact() + 1);
                    }
                }
            }
        }
        begins.add(0L);
        List<Long> starts = List.copyOf(begins);
        long[][] words = bits(terms, variable, starts);
        Map<BitSet, Integer> classes = new HashMap<>();
        List<long[]> rows = new ArrayList<>();
        List<Long> boundaries = new ArrayList<>();
        List<Integer> ofInterval = new ArrayList<>();
        for (int i = 0; i < words.length; i++) {
            BitSet bits = BitSet.valueOf(words[i]);
            Integer known = classes.get(bits);
            if (known == null) {
                known = rows.size();
                classes.put(bits, known);
                rows.add(words[i]);
            }
            if (!ofInterval.isEmpty() && ofInterval.get(ofInterval.size() - 1).equals(known)) {
                continue;
            }
            if (i > 0) {
                boundaries.add(starts.get(i) - 1);
            }
            ofInterval.add(known);
        }
        return new TermClasses(variable, longs(boundaries), ints(ofInterval), rows.toArray(long[][]::new));
    }

    /** For each of the intervals that begin there a bit for each term. */
    private static long[][] bits(Terms terms, Variable variable, List<Long> starts) {
        int width = (terms.list().size() + Long.SIZE - 1) / Long.SIZE;
        long[][] words = new long[starts.size()][width];
        Map<Long, Integer> places = new HashMap<>();
        for (int i = 0; i < starts.size(); i++) {
            places.put(starts.get(i), i);
        }
        for (int term = 0; term < terms.list().size(); term++) {
            IntervalSet set = terms.list().get(term).where().get(variable);
            if (set == null) {
                fill(words, 0, starts.size(), term);
                continue;
            }
            for (Interval interval : set.intervals()) {
                long high = interval.high().toLongExact();
                int from = places.getOrDefault(interval.low().toLongExact(), 0);
                int to = high == variable.max() ? starts.size() : places.getOrDefault(high + 1, starts.size());
                fill(words, from, to, term);
            }
        }
        return words;
    }

    private static void fill(long[][] words, int from, int to, int term) {
        for (int i = from; i < to; i++) {
            words[i][term / Long.SIZE] |= 1L << term % Long.SIZE;
        }
    }

    /** How many classes there are. */
    public int size() {
        return rows.length;
    }

    /** Bits of the number that stands for a class; of a variable of 64 bits the top bit, and behind it the class of the rest. */
    public int bits() {
        if (!isWide()) {
            return bitsOf(Math.max(2, size()));
        }
        int rest = halves().below().length;
        return rest == 1 ? 1 : 1 + bitsOf(rest);
    }

    private static int bitsOf(int classes) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(classes - 1);
    }

    /** Whether no search compares its values as they are. */
    public boolean isWide() {
        return variable.bits() == Long.SIZE;
    }

    /** The row of each number that stands for a class, as many as {@link #bits} can say; none where no class has it. */
    public long[][] byNumber() {
        long[][] all = new long[1 << bits()][];
        if (!isWide()) {
            System.arraycopy(rows, 0, all, 0, rows.length);
            return all;
        }
        Halves halves = halves();
        System.arraycopy(halves.below(), 0, all, 0, halves.below().length);
        System.arraycopy(halves.above(), 0, all, all.length / 2, halves.above().length);
        return all;
    }

    /**
     * The same of what is left of a value without its top bit.
     *
     * @param boundaries as above, none if the rest does not matter
     * @param below the row of each class where the top bit is 0
     * @param above the row where it is 1
     */
    public record Halves(long[] boundaries, int[] classOfInterval, long[][] below, long[][] above) {}

    /** Both halves of the range laid over each other. */
    public Halves halves() {
        TreeSet<Long> ends = new TreeSet<>();
        for (long boundary : boundaries) {
            ends.add(boundary & Long.MAX_VALUE);
        }
        ends.add(Long.MAX_VALUE);
        Map<Long, Integer> classes = new HashMap<>();
        List<long[]> lower = new ArrayList<>();
        List<long[]> upper = new ArrayList<>();
        List<Long> highs = new ArrayList<>();
        List<Integer> ofInterval = new ArrayList<>();
        for (long end : ends) {
            long below = classOf(end);
            long above = classOf(end | Long.MIN_VALUE);
            Integer known = classes.get(below << Integer.SIZE | above);
            if (known == null) {
                known = classes.size();
                classes.put(below << Integer.SIZE | above, known);
                lower.add(rows[(int) below]);
                upper.add(rows[(int) above]);
            }
            int last = ofInterval.size() - 1;
            if (last >= 0 && ofInterval.get(last).equals(known)) {
                highs.set(last, end);
            } else {
                highs.add(end);
                ofInterval.add(known);
            }
        }
        highs.remove(highs.size() - 1);
        return new Halves(longs(highs), ints(ofInterval), lower.toArray(long[][]::new), upper.toArray(long[][]::new));
    }

    /** The class of a value. */
    public int classOf(long value) {
        int low = 0;
        int high = boundaries.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(value, boundaries[middle]) > 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return classOfInterval[low];
    }

    private static long[] longs(List<Long> numbers) {
        return numbers.stream().mapToLong(Long::longValue).toArray();
    }

    private static int[] ints(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TermClasses classes
                && classes.variable == variable
                && Arrays.equals(classes.boundaries, boundaries)
                && Arrays.equals(classes.classOfInterval, classOfInterval)
                && Arrays.deepEquals(classes.rows, rows);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(boundaries);
    }

    @Override
    public String toString() {
        return size() + " classes of " + variable;
    }
}
