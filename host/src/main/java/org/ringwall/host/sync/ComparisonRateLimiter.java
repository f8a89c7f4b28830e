// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.sync;

/**
 * A rate limiter for comparisons: a burst, then one in each interval. Without it, a workload that
 * may create cgroups in a watched directory could keep a CPU busy.
 */
final class ComparisonRateLimiter {
    static final int BURST = 20;
    static final long INTERVAL_MS = 250;

    /** The time in ms at which the rate without its burst permits the next comparison. */
    private long nextFree = Long.MIN_VALUE;

    /**
     * Returns the time in ms to wait before the next comparison, and counts that comparison.
     *
     * @param now the time of any monotonic clock in ms
     */
    long delay(long now) {
        nextFree = Math.max(nextFree, now) + INTERVAL_MS;
        return Math.max(0, nextFree - now - BURST * INTERVAL_MS);
    }
}
