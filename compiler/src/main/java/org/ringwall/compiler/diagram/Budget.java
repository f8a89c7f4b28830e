package org.ringwall.compiler.diagram;

/**
 * How large the diagrams of one policy may get while they are made. Every edge that is drawn counts, whether it is kept or
 * not, since it takes time; those that one forest keeps count once more, since they take memory.
 */
final class Budget {
    /** What a policy has: edges drawn take some 100 ns each, and edges kept some 60 bytes. */
    private static final long MOST_DRAWN = 40_000_000;

    private static final long MOST_KEPT = 8_000_000;

    private final long mostDrawn;
    private final long mostKept;
    private long drawn;

    private Budget(long mostDrawn, long mostKept) {
        this.mostDrawn = mostDrawn;
        this.mostKept = mostKept;
    }

    /** For the diagrams of one hook. */
    static Budget ofHook() {
        return new Budget(MOST_DRAWN, MOST_KEPT);
    }

    /** For a first try, where rules that do not fit can be put together. */
    static Budget tried() {
        return new Budget(MOST_DRAWN / 4, MOST_KEPT);
    }

    /** For diagrams that are no larger than others which were within theirs. */
    static Budget unlimited() {
        return new Budget(Long.MAX_VALUE, Long.MAX_VALUE);
    }

    /** The same with no more edges drawn than this. */
    Budget atMost(long edges) {
        return new Budget(Math.min(mostDrawn, edges), mostKept);
    }

    /** How many edges are drawn by now. */
    long drawn() {
        return drawn;
    }

    /** So many edges are drawn. */
    void draw(int edges) {
        drawn += edges;
        if (drawn > mostDrawn) {
            throw new Exceeded();
        }
    }

    /** A forest keeps so many edges by now. */
    void keep(long edges) {
        if (edges > mostKept) {
            throw new Exceeded();
        }
    }

    /** The diagrams are not finished; {@link PolicyDiagrams} says so. */
    static final class Exceeded extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Exceeded() {
            super("a diagram is larger than its budget", null, false, false);
        }
    }
}
