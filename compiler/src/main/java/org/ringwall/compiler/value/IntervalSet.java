// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.value;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A set of unsigned numbers as ascending intervals that neither overlap nor touch. Sets with the
 * same members are therefore equal.
 */
public final class IntervalSet {
    /** The empty set. */
    public static final IntervalSet EMPTY = new IntervalSet(List.of());

    private final List<Interval> intervals;

    private IntervalSet(List<Interval> intervals) {
        this.intervals = intervals;
    }

    /** Returns the union of these intervals, in any order. */
    public static IntervalSet of(Collection<Interval> intervals) {
        List<Interval> sorted = new ArrayList<>(intervals);
        sorted.sort((a, b) -> a.low().compareTo(b.low()));
        List<Interval> merged = new ArrayList<>();
        for (Interval next : sorted) {
            int last = merged.size() - 1;
            if (last >= 0 && touches(merged.get(last), next)) {
                Interval before = merged.get(last);
                U128 high = before.high().compareTo(next.high()) >= 0 ? before.high() : next.high();
                merged.set(last, new Interval(before.low(), high));
            } else {
                merged.add(next);
            }
        }
        return new IntervalSet(List.copyOf(merged));
    }

    /** Returns the set of one interval. */
    public static IntervalSet of(Interval interval) {
        return new IntervalSet(List.of(interval));
    }

    /** Returns the union of these intervals. */
    public static IntervalSet of(Interval... intervals) {
        return of(List.of(intervals));
    }

    /** Returns the set of one unsigned 64-bit number. */
    public static IntervalSet of(long value) {
        return of(Interval.of(value, value));
    }

    /** Returns the unsigned 64-bit numbers from `low` to `high`, both inclusive. */
    public static IntervalSet range(long low, long high) {
        return of(Interval.of(low, high));
    }

    private static boolean touches(Interval before, Interval next) {
        return before.high().equals(U128.MAX) || before.high().next().compareTo(next.low()) >= 0;
    }

    /** Returns the intervals: ascending, disjoint and not touching. */
    public List<Interval> intervals() {
        return intervals;
    }

    public boolean isEmpty() {
        return intervals.isEmpty();
    }

    /** Returns whether the number is a member; uses binary search. */
    public boolean contains(U128 value) {
        int low = 0;
        int high = intervals.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            Interval interval = intervals.get(middle);
            if (value.compareTo(interval.low()) < 0) {
                high = middle - 1;
            } else if (value.compareTo(interval.high()) > 0) {
                low = middle + 1;
            } else {
                return true;
            }
        }
        return false;
    }

    /** Returns whether the unsigned 64-bit number is a member. */
    public boolean contains(long value) {
        return contains(U128.of(value));
    }

    /** Returns the union of both sets. */
    public IntervalSet union(IntervalSet other) {
        List<Interval> all = new ArrayList<>(intervals);
        all.addAll(other.intervals);
        return of(all);
    }

    /** Returns the intersection of both sets. */
    public IntervalSet intersect(IntervalSet other) {
        List<Interval> both = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < intervals.size() && j < other.intervals.size()) {
            Interval a = intervals.get(i);
            Interval b = other.intervals.get(j);
            U128 low = a.low().compareTo(b.low()) >= 0 ? a.low() : b.low();
            U128 high = a.high().compareTo(b.high()) <= 0 ? a.high() : b.high();
            if (low.compareTo(high) <= 0) {
                both.add(new Interval(low, high));
            }
            if (a.high().compareTo(b.high()) < 0) {
                i++;
            } else {
                j++;
            }
        }
        return new IntervalSet(List.copyOf(both));
    }

    /** Returns the numbers from 0 to `max` that are not members. */
    public IntervalSet complement(U128 max) {
        List<Interval> gaps = new ArrayList<>();
        U128 from = U128.ZERO;
        for (Interval interval : intervals) {
            if (from.compareTo(interval.low()) < 0) {
                gaps.add(new Interval(from, interval.low().previous()));
            }
            if (interval.high().compareTo(max) >= 0) {
                return new IntervalSet(List.copyOf(gaps));
            }
            from = interval.high().next();
        }
        gaps.add(new Interval(from, max));
        return new IntervalSet(List.copyOf(gaps));
    }

    /** Returns the members that are not in the other set. */
    public IntervalSet minus(IntervalSet other) {
        return intersect(other.complement(U128.MAX));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IntervalSet set && set.intervals.equals(intervals);
    }

    @Override
    public int hashCode() {
        return intervals.hashCode();
    }

    @Override
    public String toString() {
        return intervals.stream().map(Interval::toString).collect(Collectors.joining(", ", "{", "}"));
    }
}
