// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench;

import java.time.Duration;

/**
 * The amount of measurement.
 *
 * @param rounds the rounds of every variant, in turn
 * @param calls the calls in one round of a verdict benchmark, for each key distribution
 * @param keys the keys generated for hits and for misses each; four times as many for more than a
 * thousand rules
 * @param largest the largest size of a workload; larger ones are skipped
 * @param repeats how often each call of a sample is repeated in a row in one round
 * @param warm the measured compilations in one process, after as many unmeasured ones
 * @param patience the time limit of one compilation
 */
public record Effort(int rounds, int calls, int keys, int largest, int repeats, int warm, Duration patience) {
    /** The effort for the figures of docs/benchmarks.md. */
    public static final Effort FULL = new Effort(11, 10_000, 4_096, 1_000_000, 400, 50, Duration.ofSeconds(60));

    /** A short run, without lists of more than a thousand rules. */
    public static final Effort QUICK = new Effort(5, 4_000, 1_024, 1_000, 10, 10, Duration.ofSeconds(20));

    /**
     * The number of placements. The cost of a program depends by some nanoseconds on the addresses
     * of its code, its maps and the sockets, so everything is put in force anew twice.
     */
    private static final int PLACES = 3;

    public Effort {
        if (rounds < 1 || calls < 1 || keys < 1 || largest < 1 || repeats < 1 || warm < 1) {
            throw new IllegalArgumentException("nothing would be measured");
        }
    }

    /** Returns the number of placements in which everything is measured. */
    public int places() {
        return Math.min(PLACES, rounds);
    }

    /** Returns the number of rounds in each placement. */
    public int roundsInEachPlace() {
        return (rounds + places() - 1) / places();
    }
}
