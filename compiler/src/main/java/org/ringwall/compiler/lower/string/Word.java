package org.ringwall.compiler.lower.string;

import java.util.ArrayList;
import java.util.List;

/**
 * What is read at a place, as ranges of the number that its bytes are; a single range reads nothing.
 *
 * @param bytes how many are read
 */
record Word(int bytes, List<Range> ranges) {
    /** The numbers after the range before it up to `high`, unsigned. */
    record Range(long high, Way way) {}

    Word {
        ranges = List.copyOf(ranges);
    }

    /** Whether there is more than one way from here. */
    boolean tells() {
        return ranges.size() > 1;
    }

    /** The way of a word that tells nothing. */
    Way only() {
        return ranges.get(0).way();
    }

    /** Ranges as they are found, in ascending order; neighbours that go one way are one range. */
    static final class Ranges {
        /** More in one word are not worth it. */
        private static final int MOST = 4096;

        private final List<Range> ranges = new ArrayList<>();

        /** Adds the numbers after those that are there up to `high`; false if the ranges are too many. */
        boolean add(long high, Way way) {
            int last = ranges.size() - 1;
            if (last >= 0 && ranges.get(last).way().equals(way)) {
                return widen(high);
            }
            ranges.add(new Range(high, way));
            return ranges.size() <= MOST;
        }

        /** The last range goes up to `high`; there is one. */
        boolean widen(long high) {
            int last = ranges.size() - 1;
            ranges.set(last, new Range(high, ranges.get(last).way()));
            return true;
        }

        /** What is there so far. */
        List<Range> list() {
            return ranges;
        }
    }
}
