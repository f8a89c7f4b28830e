// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench;

import java.util.List;
import java.util.Locale;

/** The quantiles of several measurements. `low` and `high` are the first and third quartile. */
public record Summary(double min, double low, double median, double high, double max) {
    public Summary {
        if (!(min <= low && low <= median && median <= high && high <= max)) {
            throw new IllegalArgumentException(
                    "not in order: " + min + ", " + low + ", " + median + ", " + high + ", " + max);
        }
    }

    /**
     * Returns the summary of one or more values. A quantile between two values is interpolated
     * linearly.
     */
    public static Summary of(List<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("nothing was measured");
        }
        List<Double> sorted = values.stream().sorted().toList();
        return new Summary(
                sorted.get(0),
                quantile(sorted, 0.25),
                quantile(sorted, 0.5),
                quantile(sorted, 0.75),
                sorted.get(sorted.size() - 1));
    }

    private static double quantile(List<Double> sorted, double part) {
        double place = part * (sorted.size() - 1);
        int before = (int) Math.floor(place);
        int after = (int) Math.ceil(place);
        return sorted.get(before) + (place - before) * (sorted.get(after) - sorted.get(before));
    }

    /** Returns the summary of the values reduced by `by`. */
    public Summary less(double by) {
        return new Summary(min - by, low - by, median - by, high - by, max - by);
    }

    /** Returns the interquartile range. */
    public String spread() {
        return number(low) + "…" + number(high);
    }

    /** Formats a number with one decimal, regardless of the locale. */
    public static String number(double value) {
        String text = String.format(Locale.ROOT, "%.1f", value);
        return text.equals("-0.0") ? "0.0" : text;
    }

    /** Formats a number with two decimals, regardless of the locale. */
    public static String hundredths(double value) {
        String text = String.format(Locale.ROOT, "%.2f", value);
        return text.equals("-0.00") ? "0.00" : text;
    }

    /**
     * Returns the ratio of the medians to `base`, or a dash if the base is below `least` and the
     * ratio would be noise.
     */
    public String ratioTo(Summary base, double least) {
        return base.median < least ? "–" : hundredths(median / base.median);
    }
}
