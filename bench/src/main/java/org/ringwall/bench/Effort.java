package org.ringwall.bench;

import java.time.Duration;

/**
 * How much is measured.
 *
 * @param rounds of every variant in turn
 * @param calls in one round of a verdict benchmark, for each way of drawing keys
 * @param keys that are drawn for hits and for misses each; four times as many where there are more than a thousand rules
 * @param largest size of a workload; greater ones are left out
 * @param repeats of each call of a sample, one behind the other, in one round
 * @param warm compilations inside one process that are measured, after as many that are not
 * @param patience for one compilation
 */
public record Effort(int rounds, int calls, int keys, int largest, int repeats, int warm, Duration patience) {
    /** Enough for the figures of docs/benchmarks.md. */
    public static final Effort FULL = new Effort(11, 10_000, 4_096, 1_000_000, 400, 50, Duration.ofSeconds(60));

    /** For a look: no list of more than a thousand rules. */
    public static final Effort QUICK = new Effort(5, 4_000, 1_024, 1_000, 10, 10, Duration.ofSeconds(20));

    /**
     * What a program costs depends on where its code, its maps and the sockets that are asked about happen to lie, by some nanoseconds, so all
     * are put elsewhere twice.
     */
    private static final int PLACES = 3;

    public Effort {
        if (rounds < 1 || calls < 1 || keys < 1 || largest < 1 || repeats < 1 || warm < 1) {
            throw new IllegalArgumentException("nothing would be measured");
        }
    }

    /** In how many places everything is measured. */
    public int places() {
        return Math.min(PLACES, rounds);
    }

    /** How many rounds there are between one move and the next. */
    public int roundsInEachPlace() {
        return (rounds + places() - 1) / places();
    }
}
