// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

/**
 * A limit on the size of the diagrams of one hook during construction. Every built edge counts
 * once, because it takes time. The edges that one forest keeps count again, because they take
 * memory.
 */
final class Budget {
    /** The number of edges that is built in a few milliseconds. */
    static final long FEW_EDGES = 100_000;

    /** The limits of one hook: a few seconds and about 1 GiB. */
    private static final long MOST_DRAWN = 40_000_000;

    private static final long MOST_KEPT = 8_000_000;

    private final long mostDrawn;
    private final long mostKept;
    private long drawn;

    private Budget(long mostDrawn, long mostKept) {
        this.mostDrawn = mostDrawn;
        this.mostKept = mostKept;
    }

    /** Returns the budget for the diagrams of one hook. */
    static Budget ofHook() {
        return new Budget(MOST_DRAWN, MOST_KEPT);
    }

    /**
     * Returns the budget for a first attempt, after which rules that do not fit can be combined.
     */
    static Budget tried() {
        return new Budget(MOST_DRAWN / 4, MOST_KEPT);
    }

    /**
     * Returns an unlimited budget, for diagrams that are no larger than others within their budget.
     */
    static Budget unlimited() {
        return new Budget(Long.MAX_VALUE, Long.MAX_VALUE);
    }

    /** Returns this budget with at most this many built edges. */
    Budget atMost(long edges) {
        return new Budget(Math.min(mostDrawn, edges), mostKept);
    }

    /** Returns how many edges have been built. */
    long drawn() {
        return drawn;
    }

    /**
     * Counts built edges.
     *
     * @throws Exceeded if there are more than the budget allows
     */
    void draw(int edges) {
        drawn += edges;
        if (drawn > mostDrawn) {
            throw new Exceeded();
        }
    }

    /**
     * Checks the number of edges that a forest keeps.
     *
     * @throws Exceeded if there are more than the budget allows
     */
    void keep(long edges) {
        if (edges > mostKept) {
            throw new Exceeded();
        }
    }

    /** An exception for a diagram that exceeds its budget. {@link PolicyDiagrams} reports it. */
    static final class Exceeded extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Exceeded() {
            super("a diagram is larger than its budget", null, false, false);
        }
    }
}
