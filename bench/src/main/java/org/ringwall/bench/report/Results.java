// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.bpf.json.Json;

/** The figures of a run, and their ratios to the fastest rival. */
public final class Results {
    private static final String NONE = "–";
    private static final String NS = "ns";
    private static final List<String> COLUMNS = List.of(
            "workload",
            "contestant",
            "size",
            "unit",
            "min",
            "median",
            "max",
            "n",
            "ratio",
            "date",
            "kernel",
            "cpu",
            "note");

    /** Figures that are comparable: they differ in the contestant only. */
    private record Group(String workload, int size, String unit) {
        Group(Figure figure) {
            this(figure.workload(), figure.size(), figure.unit());
        }
    }

    private final Map<Group, List<Figure>> groups = new LinkedHashMap<>();

    /** Adds figures and returns these results. */
    public Results add(Collection<Figure> figures) {
        figures.forEach(figure -> groups.computeIfAbsent(new Group(figure), group -> new ArrayList<>())
                .add(figure));
        return this;
    }

    /** Returns all figures, grouped by what is comparable. */
    public List<Figure> figures() {
        return groups.values().stream().flatMap(List::stream).toList();
    }

    /** Returns the figure of a contestant that is comparable with `figure`. */
    Optional<Figure> beside(Figure figure, String contestant) {
        return groups.getOrDefault(new Group(figure), List.of()).stream()
                .filter(each -> each.contestant().equals(contestant))
                .findFirst();
    }

    /** Returns the fastest rival that has a figure comparable with `figure`. */
    Optional<Figure> fastestRival(Figure figure) {
        return groups.getOrDefault(new Group(figure), List.of()).stream()
                .filter(each -> !each.ours() && each.value().isPresent())
                .min(Comparator.comparingDouble(
                        each -> each.value().map(Summary::median).orElseThrow()));
    }

    /**
     * Returns the ratio of two medians, or empty if one is missing or the second is not positive.
     * Less than 1 ns counts as 1 ns, because measurements below it are noise.
     */
    static Optional<Double> ratio(Figure one, Figure other) {
        double least = one.unit().equals(NS) ? 1 : 0;
        Optional<Double> above = one.value().map(value -> Math.max(value.median(), least));
        Optional<Double> below =
                other.value().map(value -> Math.max(value.median(), least)).filter(median -> median > 0);
        return above.flatMap(median -> below.map(base -> median / base));
    }

    /** Returns the ratio to the fastest rival, if Ringwall and a rival take part. */
    Optional<Double> ratio(Figure figure) {
        boolean compared =
                groups.getOrDefault(new Group(figure), List.of()).stream().anyMatch(Figure::ours);
        return compared ? fastestRival(figure).flatMap(rival -> ratio(figure, rival)) : Optional.empty();
    }

    /** Formats the figures as CSV (RFC 4180), with a header line. */
    public String csv(Machine machine) {
        StringBuilder text = new StringBuilder(String.join(",", COLUMNS) + "\n");
        for (Map<String, Object> record : records(machine)) {
            text.append(COLUMNS.stream()
                            .map(column ->
                                    quoted(record.getOrDefault(column, "").toString()))
                            .collect(Collectors.joining(",")))
                    .append('\n');
        }
        return text.toString();
    }

    /** Formats the figures as a JSON array of objects with the columns of the CSV as keys. */
    public String json(Machine machine) {
        return records(machine).stream().map(Json::of).collect(Collectors.joining(",\n", "[\n", "\n]\n"));
    }

    private List<Map<String, Object>> records(Machine machine) {
        List<Map<String, Object>> records = new ArrayList<>();
        for (Figure figure : figures()) {
            Map<String, Object> record = new LinkedHashMap<>();
            record.put("workload", figure.workload());
            record.put("contestant", figure.contestant());
            record.put("size", figure.size());
            record.put("unit", figure.unit());
            figure.value().ifPresent(value -> {
                record.put("min", rounded(value.min()));
                record.put("median", rounded(value.median()));
                record.put("max", rounded(value.max()));
            });
            record.put("n", figure.value().map(Summary::n).orElse(0L));
            ratio(figure).ifPresent(ratio -> record.put("ratio", rounded(ratio)));
            record.put("date", machine.date());
            record.put("kernel", machine.kernel());
            record.put("cpu", machine.cpu());
            if (!figure.note().isEmpty()) {
                record.put("note", figure.note());
            }
            records.add(record);
        }
        return records;
    }

    private static double rounded(double value) {
        return Math.rint(value * 1000) / 1000;
    }

    private static String quoted(String field) {
        boolean plain = field.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n');
        return plain ? field : '"' + field.replace("\"", "\"\"") + '"';
    }

    /**
     * Returns a table of the medians of some figures, with a row for each contestant of a workload
     * and size, and a column for each unit. The minimum, the maximum and the ratio are those of the
     * first unit.
     */
    public Table table(String name, String method, List<Figure> some) {
        Set<String> units = some.stream().map(Figure::unit).collect(Collectors.toCollection(LinkedHashSet::new));
        Map<List<String>, Map<String, Figure>> rows = new LinkedHashMap<>();
        some.forEach(figure -> rows.computeIfAbsent(
                        List.of(figure.subject(), figure.contestant()), row -> new LinkedHashMap<>())
                .put(figure.unit(), figure));
        List<String> columns = new ArrayList<>(List.of("workload", "contestant"));
        columns.addAll(units);
        columns.addAll(List.of("min…max", "ratio"));
        List<List<String>> cells = new ArrayList<>();
        rows.forEach((labels, byUnit) -> {
            List<String> line = new ArrayList<>(labels);
            units.forEach(unit -> line.add(value(byUnit, unit)
                    .map(each -> Summary.number(each.median()))
                    .orElse(NONE)));
            String first = units.iterator().next();
            line.add(value(byUnit, first).map(Summary::spread).orElse(NONE));
            line.add(Optional.ofNullable(byUnit.get(first))
                    .flatMap(this::ratio)
                    .map(ratio -> String.format(Locale.ROOT, "%.2f", ratio))
                    .orElse(NONE));
            cells.add(line);
        });
        List<String> notes = some.stream()
                .filter(figure -> !figure.note().isEmpty())
                .map(figure -> figure.subject() + " " + figure.contestant() + ": " + figure.note())
                .toList();
        return new Table(name, method, columns, cells, notes);
    }

    private static Optional<Summary> value(Map<String, Figure> byUnit, String unit) {
        return Optional.ofNullable(byUnit.get(unit)).flatMap(Figure::value);
    }
}
