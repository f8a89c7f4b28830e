// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.ringwall.bench.Summary;

/** A chart of milliseconds against the length of a list. */
public final class TimesPlot {
    private TimesPlot() {}

    /**
     * Returns the medians in milliseconds by contestant as SVG. `times` are by size and contestant.
     */
    public static String of(String title, String meaning, SortedMap<Integer, Map<String, Summary>> times) {
        Map<String, SortedMap<Integer, Optional<Double>>> series = new LinkedHashMap<>();
        times.forEach((size, byName) -> byName.forEach((name, summary) ->
                series.computeIfAbsent(name, n -> new TreeMap<>()).put(size, Optional.of(summary.median()))));
        return new Chart(title, meaning, List.copyOf(series.keySet()), List.of(new Chart.Panel("ms", series))).svg();
    }
}
