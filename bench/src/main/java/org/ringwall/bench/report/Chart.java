// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.ringwall.bench.Summary;

/**
 * Panels of figures of several series against a number, three panels in a row. If there is only one
 * number, bars are drawn, otherwise lines with logarithmic axes. A cross at the upper edge marks a
 * missing figure.
 *
 * @param names the names of the series, Ringwall first
 * @param unit the unit of the number, usually rules
 */
record Chart(String title, String meaning, List<String> names, List<Panel> panels, String unit) {
    private static final int PANEL = 430;
    private static final int COLUMNS = 3;
    private static final int LEFT = 66;
    private static final int HEADER = 56;
    private static final int HEADING = 28;
    private static final int BELOW_LINES = 44;
    private static final int BELOW_BARS = 16;
    private static final int HEIGHT = 260;
    private static final int LEGEND_ROW = 20;
    private static final int LEGEND_COLUMNS = 3;
    private static final int BAR = 26;

    /** Nanoseconds below which figures are noise. A logarithmic axis needs a lower bound. */
    private static final double LEAST = 0.5;

    Chart {
        names = List.copyOf(names);
        panels = List.copyOf(panels);
    }

    /** Creates a chart against the number of rules. */
    Chart(String title, String meaning, List<String> names, List<Panel> panels) {
        this(title, meaning, names, panels, "rules");
    }

    /**
     * One figure by series and number; empty if it is missing.
     *
     * @param least the smallest figure distinguished from 0, greater than 0
     */
    record Panel(String heading, Map<String, SortedMap<Integer, Optional<Double>>> series, double least) {
        /** Creates a panel of nanoseconds or counts. */
        Panel(String heading, Map<String, SortedMap<Integer, Optional<Double>>> series) {
            this(heading, series, LEAST);
        }

        Set<Integer> sizes() {
            return series.values().stream()
                    .flatMap(points -> points.keySet().stream())
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        SortedMap<Integer, Optional<Double>> of(String name) {
            return series.getOrDefault(name, new TreeMap<>());
        }

        List<Double> values() {
            return series.values().stream()
                    .flatMap(points -> points.values().stream())
                    .flatMap(Optional::stream)
                    .map(value -> Math.max(value, least))
                    .toList();
        }
    }

    /** Returns the chart as SVG. */
    String svg() {
        boolean bars = panels.stream().allMatch(panel -> panel.sizes().size() < 2);
        int legend = bars ? 0 : LEGEND_ROW * ((names.size() + LEGEND_COLUMNS - 1) / LEGEND_COLUMNS);
        int columns = Math.min(panels.size(), COLUMNS);
        int row = HEADING + (bars ? BAR * names.size() + BELOW_BARS : HEIGHT + BELOW_LINES);
        int below = HEADER + row * ((panels.size() + COLUMNS - 1) / COLUMNS);
        int width = LEFT + PANEL * columns - 60;
        Svg svg = new Svg(width, below + 8 + legend);
        svg.text("title", "start", 20, 28, title).text("soft", "start", 20, 48, meaning);
        for (int i = 0; i < panels.size(); i++) {
            double left = LEFT + (double) (i % COLUMNS) * PANEL;
            double top = HEADER + HEADING + (double) row * (i / COLUMNS);
            svg.text("heading", "start", left, top - 12, panels.get(i).heading());
            if (bars) {
                bars(svg, panels.get(i), left, top);
            } else {
                lines(svg, panels.get(i), left, top);
            }
        }
        if (!bars) {
            legend(svg, below + 18.0);
            // In the line of the title, so that it does not overlap the subtitle.
            svg.text("soft", "end", width - 30.0, 28, "× no figure: not compiled, or not loaded");
        }
        return svg.file(title);
    }

    private void lines(Svg svg, Panel panel, double left, double top) {
        double right = left + PANEL - 90;
        double bottom = top + HEIGHT;
        List<Double> sizes = panel.sizes().stream().map(Integer::doubleValue).toList();
        LogAxis x = new LogAxis(sizes.get(0), sizes.get(sizes.size() - 1), left, right);
        LogAxis y = LogAxis.around(panel.values(), bottom, top);
        for (double tick : y.ticks()) {
            svg.line("grid", left, y.at(tick), right, y.at(tick));
            svg.text("soft", "end", left - 6, y.at(tick) + 4, LogAxis.label(tick));
        }
        for (double size : sizes) {
            svg.line("grid", x.at(size), top, x.at(size), bottom);
            svg.text("soft", "middle", x.at(size), bottom + 18, LogAxis.label(size));
        }
        svg.line("axis", left, bottom, right, bottom);
        svg.text("soft", "middle", (left + right) / 2, bottom + 36, unit);
        for (int i = names.size() - 1; i >= 0; i--) {
            series(svg, i, panel.of(names.get(i)), x, y);
        }
        crosses(svg, panel, x, top);
    }

    /** Draws the crosses side by side, so that none hides another. */
    private void crosses(Svg svg, Panel panel, LogAxis x, double top) {
        for (int size : panel.sizes()) {
            double at = x.at(size);
            for (int i = 0; i < names.size(); i++) {
                Optional<Double> value = panel.of(names.get(i)).getOrDefault(size, Optional.of(0.0));
                if (value.isEmpty()) {
                    svg.cross("miss s" + i % Svg.colours(), at, top + 6.0);
                    at += size == x.least() ? 11 : -11;
                }
            }
        }
    }

    private static void series(Svg svg, int index, SortedMap<Integer, Optional<Double>> points, LogAxis x, LogAxis y) {
        int colour = index % Svg.colours();
        List<String> path = new ArrayList<>();
        points.forEach((size, value) -> value.ifPresent(ns -> path.add(Svg.point(x.at(size), y.at(ns)))));
        svg.path("s" + colour + style(index), path);
        points.forEach((size, value) -> value.ifPresent(ns -> svg.sign("f" + colour, index, x.at(size), y.at(ns))));
    }

    private static String style(int index) {
        return (index == 0 ? " ours" : "") + (index >= Svg.colours() ? " dashed" : "");
    }

    private void legend(Svg svg, double top) {
        for (int i = 0; i < names.size(); i++) {
            double x = LEFT + (double) (i % LEGEND_COLUMNS) * 250;
            double y = top + (double) LEGEND_ROW * (i / LEGEND_COLUMNS);
            int colour = i % Svg.colours();
            svg.line("key s" + colour + style(i), x, y - 4, x + 26, y - 4).sign("f" + colour, i, x + 13, y - 4);
            svg.text("word", "start", x + 34, y, names.get(i));
        }
    }

    private void bars(Svg svg, Panel panel, double left, double top) {
        double most =
                panel.values().stream().mapToDouble(Double::doubleValue).max().orElse(1);
        double room = PANEL - 280.0;
        for (int i = 0; i < names.size(); i++) {
            double y = top + (double) BAR * i;
            Optional<Double> value =
                    panel.of(names.get(i)).values().stream().findFirst().flatMap(first -> first);
            svg.text("word", "start", left, y + 14, names.get(i));
            double start = left + 140;
            if (value.isPresent()) {
                double width = room * Math.max(value.get(), 0) / most;
                svg.rect("f" + i % Svg.colours(), start, y + 2, width, BAR - 9.0);
                svg.text("soft", "start", start + width + 6, y + 14, label(value.get()));
            } else {
                svg.cross("miss s" + i % Svg.colours(), start + 4, y + 10);
            }
        }
    }

    private static String label(double value) {
        if (value == 0) {
            return "0";
        }
        return value == Math.rint(value)
                ? LogAxis.label(value)
                : Math.abs(value) < 1 ? Summary.hundredths(value) : Summary.number(value);
    }
}
