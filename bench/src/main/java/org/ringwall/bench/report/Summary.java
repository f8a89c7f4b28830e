// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import java.util.List;
import java.util.Locale;

/** The minimum, median and maximum of `n` measurements. */
public record Summary(double min, double median, double max, long n) {
    private static final double THOUSAND = 1_000;

    public Summary {
        if (!(min <= median && median <= max && n > 0)) {
            throw new IllegalArgumentException("not in order: " + min + ", " + median + ", " + max + " of " + n);
        }
    }

    /**
     * Returns the summary of one or more values. The median of an even number of values is the mean
     * of the middle two.
     */
    public static Summary of(List<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("nothing was measured");
        }
        List<Double> sorted = values.stream().sorted().toList();
        int last = sorted.size() - 1;
        double median = (sorted.get(last / 2) + sorted.get((last + 1) / 2)) / 2;
        return new Summary(sorted.get(0), median, sorted.get(last), sorted.size());
    }

    /** Returns the summary of a value that was found `n` times, or among `n`. */
    public static Summary same(double value, long n) {
        return new Summary(value, value, value, n);
    }

    /** Returns the summary of the values reduced by `by`. */
    public Summary less(double by) {
        return new Summary(min - by, median - by, max - by, n);
    }

    /** Returns the minimum and the maximum for people. */
    public String spread() {
        return number(min) + "…" + number(max);
    }

    /** Formats a number for people: two decimals below 10, one below 1000, none for integers. */
    public static String number(double value) {
        if (value == Math.rint(value) || Math.abs(value) >= THOUSAND) {
            return Long.toString(Math.round(value));
        }
        String text = String.format(Locale.ROOT, Math.abs(value) < 10 ? "%.2f" : "%.1f", value);
        return text.equals("-0.00") ? "0.00" : text;
    }
}
