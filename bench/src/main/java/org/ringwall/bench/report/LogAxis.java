// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A logarithmic axis that maps the numbers from `least` to `greatest`, which are positive, to a
 * range of pixels.
 */
record LogAxis(double least, double greatest, double from, double to) {
    LogAxis {
        if (!(least > 0 && least < greatest)) {
            throw new IllegalArgumentException("no range: " + least + " to " + greatest);
        }
    }

    /** Returns an axis whose ends are the powers of ten around the values. */
    static LogAxis around(List<Double> values, double from, double to) {
        double low = values.stream().mapToDouble(Double::doubleValue).min().orElse(1);
        double high = values.stream().mapToDouble(Double::doubleValue).max().orElse(10);
        double least = Math.pow(10, Math.floor(Math.log10(low)));
        double greatest = Math.pow(10, Math.ceil(Math.log10(high)));
        return new LogAxis(least, greatest > least ? greatest : 10 * least, from, to);
    }

    /** Returns the position of a number. Numbers outside the axis are placed at its ends. */
    double at(double value) {
        double inside = Math.min(Math.max(value, least), greatest);
        double part = Math.log(inside / least) / Math.log(greatest / least);
        return from + part * (to - from);
    }

    /** Returns the powers of ten on the axis. */
    List<Double> ticks() {
        List<Double> ticks = new ArrayList<>();
        long first = Math.round(Math.ceil(Math.log10(least) - 1e-9));
        long last = Math.round(Math.floor(Math.log10(greatest) + 1e-9));
        for (long power = first; power <= last; power++) {
            ticks.add(Math.pow(10, power));
        }
        return ticks;
    }

    /** Formats a number as a label. */
    static String label(double value) {
        return value >= 1_000_000
                ? String.format(Locale.ROOT, "%,.0f M", value / 1_000_000)
                : value >= 1 ? String.format(Locale.ROOT, "%,.0f", value) : String.format(Locale.ROOT, "%s", value);
    }
}
