// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen.string;

import java.util.ArrayList;
import java.util.List;

/**
 * The word that is read at a place, as ranges of its numeric value. A word with a single range is
 * not read.
 *
 * @param bytes the number of bytes
 */
record Word(int bytes, List<Range> ranges) {
    /** The numbers after the previous range up to `high`, inclusive, unsigned. */
    record Range(long high, Successor way) {}

    Word {
        ranges = List.copyOf(ranges);
    }

    /** Whether there is more than one successor. */
    boolean tells() {
        return ranges.size() > 1;
    }

    /** Returns the successor of a word that is not read. */
    Successor only() {
        return ranges.get(0).way();
    }

    /**
     * A builder for ranges, in ascending order. Adjacent ranges with the same successor become one.
     */
    static final class Ranges {
        /** The maximum number of ranges of a word. */
        private static final int MOST = 4096;

        private final List<Range> ranges = new ArrayList<>();

        /**
         * Adds a range from the end of the last one up to `high`; returns false if there are too
         * many.
         */
        boolean add(long high, Successor way) {
            int last = ranges.size() - 1;
            if (last >= 0 && ranges.get(last).way().equals(way)) {
                return widen(high);
            }
            ranges.add(new Range(high, way));
            return ranges.size() <= MOST;
        }

        /**
         * Adds ranges whose numbers have these leading bits in front; returns false if there are
         * too many.
         */
        boolean addAll(long leading, List<Range> more) {
            add(leading | more.get(0).high(), more.get(0).way());
            // Adjacent ranges of a list have different successors.
            for (Range range : more.subList(1, more.size())) {
                ranges.add(new Range(leading | range.high(), range.way()));
            }
            return ranges.size() <= MOST;
        }

        /** Extends the last range up to `high`; there must be one. */
        boolean widen(long high) {
            int last = ranges.size() - 1;
            ranges.set(last, new Range(high, ranges.get(last).way()));
            return true;
        }

        /** Returns the ranges added so far. */
        List<Range> list() {
            return ranges;
        }
    }
}
