package org.ringwall.bench.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.ringwall.bench.Summary;

/** How long a list takes to come into force, against its length. */
public final class ReadyPlot {
    private ReadyPlot() {}

    /** Medians in milliseconds by contestant, from summaries by size, as SVG. */
    public static String of(SortedMap<Integer, Map<String, Summary>> times) {
        Map<String, SortedMap<Integer, Optional<Double>>> series = new LinkedHashMap<>();
        times.forEach((size, byName) -> byName.forEach((name, summary) -> series.computeIfAbsent(
                        name, n -> new TreeMap<>())
                .put(size, Optional.of(summary.median()))));
        return new Chart(
                        "ready",
                        "IPv4 prefixes, until they are in force",
                        List.copyOf(series.keySet()),
                        List.of(new Chart.Panel("ms", series)))
                .svg();
    }
}
