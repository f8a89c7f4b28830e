// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.sync;

/**
 * A limit of comparisons, since a workload that may create cgroups in a watched directory could
 * otherwise keep a processor busy: some at once, then one in each interval.
 */
final class RoundLimit {
    static final int BURST = 20;
    static final long INTERVAL_MS = 250;

    /** The time until which all rounds so far are paid for, in ms. */
    private long paid = Long.MIN_VALUE;

    /**
     * Takes one round.
     *
     * @param now any clock in ms
     * @return the time to wait before it, in ms
     */
    long take(long now) {
        paid = Math.max(paid, now) + INTERVAL_MS;
        return Math.max(0, paid - now - BURST * INTERVAL_MS);
    }
}
