package org.ringwall.bench;

import java.util.List;
import java.util.Locale;

/** What several measurements of one thing come to. */
public record Summary(double min, double median, double max) {
    public Summary {
        if (!(min <= median && median <= max)) {
            throw new IllegalArgumentException("not in order: " + min + ", " + median + ", " + max);
        }
    }

    /** Of one or more values; the median of an even number is the mean of the middle two. */
    public static Summary of(List<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("nothing was measured");
        }
        List<Double> sorted = values.stream().sorted().toList();
        int half = sorted.size() / 2;
        double median = sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
        return new Summary(sorted.get(0), median, sorted.get(sorted.size() - 1));
    }

    /** A number with one digit behind the point, whatever the locale. */
    public static String number(double value) {
        String text = String.format(Locale.ROOT, "%.1f", value);
        return text.equals("-0.0") ? "0.0" : text;
    }

    /** How many times `base` this is, by medians; a dash where the base is below `least` and the quotient would be noise. */
    public String ratioTo(Summary base, double least) {
        return base.median < least ? "–" : String.format(Locale.ROOT, "%.2f", median / base.median);
    }
}
