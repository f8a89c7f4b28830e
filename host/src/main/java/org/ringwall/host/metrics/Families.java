// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.text.Printable;

/** A collection of metric families under construction, each with its points. */
final class Families {
    private record Point(Labels labels, double value) {}

    private final Map<Metric, List<Point>> points = new LinkedHashMap<>();

    /**
     * The prefix of label values that were escaped. No other value contains it, so that different
     * values stay different.
     */
    private static final String ESCAPED = "\ufffd";

    /**
     * Adds a point. Control characters in label values, which workloads can choose, are escaped.
     */
    void add(Metric metric, Labels labels, double value) {
        points.computeIfAbsent(metric, none -> new ArrayList<>()).add(new Point(printable(labels), value));
    }

    private static Labels printable(Labels labels) {
        String[] names = new String[labels.size()];
        String[] values = new String[labels.size()];
        for (int i = 0; i < names.length; i++) {
            names[i] = labels.getName(i);
            values[i] = printable(labels.getValue(i));
        }
        return Labels.of(names, values);
    }

    private static String printable(String text) {
        boolean plain = Printable.line(text).equals(text) && !text.contains(ESCAPED);
        return plain ? text : ESCAPED + Printable.of(text);
    }

    /** Returns all families that have points. */
    MetricSnapshots snapshots() {
        List<MetricSnapshot> all = new ArrayList<>();
        points.forEach((metric, of) -> all.add(metric.counts() ? counter(metric, of) : gauge(metric, of)));
        return new MetricSnapshots(all);
    }

    private static CounterSnapshot counter(Metric metric, List<Point> points) {
        CounterSnapshot.Builder family =
                CounterSnapshot.builder().name(metric.text()).help(metric.help());
        points.forEach(point -> family.dataPoint(CounterDataPointSnapshot.builder()
                .labels(point.labels())
                .value(point.value())
                .build()));
        return family.build();
    }

    private static GaugeSnapshot gauge(Metric metric, List<Point> points) {
        GaugeSnapshot.Builder family =
                GaugeSnapshot.builder().name(metric.text()).help(metric.help());
        points.forEach(point -> family.dataPoint(GaugeDataPointSnapshot.builder()
                .labels(point.labels())
                .value(point.value())
                .build()));
        return family.build();
    }
}
