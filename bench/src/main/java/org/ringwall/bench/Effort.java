package org.ringwall.bench;

/**
 * How much is measured.
 *
 * @param rounds of every variant in turn
 * @param calls in one round of a verdict benchmark, for hits and for misses each
 * @param warm compilations inside one process that are measured, after as many that are not
 */
public record Effort(int rounds, int calls, int warm) {
    /** Enough for the figures of docs/benchmarks.md. */
    public static final Effort FULL = new Effort(15, 20_000, 50);

    public Effort {
        if (rounds < 1 || calls < 1 || warm < 1) {
            throw new IllegalArgumentException("nothing would be measured");
        }
    }
}
