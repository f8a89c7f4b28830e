// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

/** Ratios of times. */
final class Quotient {
    /** Shorter times count as this many nanoseconds, because measurements below it are noise. */
    private static final double LEAST_NS = 1;

    private Quotient() {}

    /** Returns the ratio of two times in nanoseconds. */
    static double ofTimes(double ns, double otherNs) {
        return least(ns) / least(otherNs);
    }

    /** Returns a time in nanoseconds, or the lower bound for ratios if it is shorter. */
    static double least(double ns) {
        return Math.max(ns, LEAST_NS);
    }
}
