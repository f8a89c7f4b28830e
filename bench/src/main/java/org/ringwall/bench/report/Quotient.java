package org.ringwall.bench.report;

/** How times are divided by each other. */
final class Quotient {
    /** Less than this many nanoseconds count as this many: below it a measurement is noise. */
    private static final double LEAST_NS = 1;

    private Quotient() {}

    /** One time, in nanoseconds, divided by another. */
    static double ofTimes(double ns, double otherNs) {
        return least(ns) / least(otherNs);
    }

    /** So many nanoseconds, but no less than a quotient counts. */
    static double least(double ns) {
        return Math.max(ns, LEAST_NS);
    }
}
