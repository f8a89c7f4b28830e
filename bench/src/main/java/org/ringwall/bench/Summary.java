package org.ringwall.bench;

import java.util.List;
import java.util.Locale;

/** What several measurements of one thing come to; a quarter of them is below `low`, and one above `high`. */
public record Summary(double min, double low, double median, double high, double max) {
    public Summary {
        if (!(min <= low && low <= median && median <= high && high <= max)) {
            throw new IllegalArgumentException(
                    "not in order: " + min + ", " + low + ", " + median + ", " + high + ", " + max);
        }
    }

    /** Of one or more values; between two of them lies what a quantile finds no value for. */
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

    /** The same of values that are less by this. */
    public Summary less(double by) {
        return new Summary(min - by, low - by, median - by, high - by, max - by);
    }

    /** Half of the values lie between these. */
    public String spread() {
        return number(low) + "…" + number(high);
    }

    /** A number with one digit behind the point, whatever the locale. */
    public static String number(double value) {
        String text = String.format(Locale.ROOT, "%.1f", value);
        return text.equals("-0.0") ? "0.0" : text;
    }

    /** A number with two digits behind the point, whatever the locale. */
    public static String hundredths(double value) {
        String text = String.format(Locale.ROOT, "%.2f", value);
        return text.equals("-0.00") ? "0.00" : text;
    }

    /** How many times `base` this is, by medians; a dash where the base is below `least` and the quotient would be noise. */
    public String ratioTo(Summary base, double least) {
        return base.median < least ? "–" : hundredths(median / base.median);
    }
}
