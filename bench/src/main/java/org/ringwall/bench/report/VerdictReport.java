// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.ringwall.bench.Summary;
import org.ringwall.bench.Table;
import org.ringwall.bench.field.Ringwall;
import org.ringwall.bench.field.Workload;
import org.ringwall.bench.verdict.Cell;

/** The cells of one workload, as a table, as records for programs and as a chart. */
public record VerdictReport(Workload workload, List<Cell> cells) {
    private static final List<String> COLUMNS = List.of(
            "rules",
            "contestant",
            "insns",
            "processed",
            "jit bytes",
            "hit ns",
            "miss ns",
            "worst ns",
            "spread",
            "hot ns",
            "× ringwall",
            "load ms",
            "map KiB",
            "ready ms",
            "compile ms",
            "wrong");

    private static final String NONE = "–";

    /** The smallest figures that a chart distinguishes from 0. */
    private static final double NS = 0.5;

    private static final double COUNT = 1;
    private static final double MS = 0.01;

    /** A program without maps is drawn at the lower edge. */
    private static final double KIB = 0.1;

    public VerdictReport {
        cells = List.copyOf(cells);
    }

    /** Returns the cells as a table. */
    public Table table(String method) {
        List<List<String>> rows = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        for (Cell cell : cells) {
            if (cell.outcome() instanceof Cell.Measured measured) {
                rows.add(row(cell, measured));
            } else if (cell.outcome() instanceof Cell.Failed failed) {
                rows.add(row(cell, failed));
                notes.add(cell.size() + " " + cell.contestant() + ": " + failed.stage() + ": " + failed.why());
            }
        }
        return new Table(workload.title(), workload.meaning() + "; " + method, COLUMNS, rows, notes);
    }

    private List<String> row(Cell cell, Cell.Measured measured) {
        return List.of(
                Integer.toString(cell.size()),
                cell.contestant(),
                Integer.toString(measured.program().xlated()),
                Integer.toString(measured.program().processed()),
                Integer.toString(measured.program().jited()),
                Summary.number(measured.hit().median()),
                Summary.number(measured.miss().median()),
                Summary.number(measured.worst().median()),
                measured.worst().spread(),
                Summary.number(measured.hot().median()),
                ours(cell.size()).map(ours -> ratio(measured, ours)).orElse(NONE),
                Summary.hundredths(measured.costs().loadMs()),
                Summary.number(measured.costs().mapKib()),
                Summary.hundredths(measured.costs().readyMs()),
                measured.compileMs().isPresent()
                        ? Summary.number(measured.compileMs().getAsDouble())
                        : NONE,
                measured.wrong() + "/" + measured.verdicts());
    }

    private static List<String> row(Cell cell, Cell.Failed failed) {
        List<String> row = new ArrayList<>(List.of(Integer.toString(cell.size()), cell.contestant()));
        for (int i = row.size(); i < COLUMNS.size(); i++) {
            row.add(COLUMNS.get(i).equals("worst ns") ? failed.stage() : NONE);
        }
        return row;
    }

    private Optional<Cell.Measured> ours(int size) {
        return cells.stream()
                .filter(cell -> cell.size() == size && cell.contestant().equals(Ringwall.TITLE))
                .map(Cell::outcome)
                .filter(Cell.Measured.class::isInstance)
                .map(Cell.Measured.class::cast)
                .findFirst();
    }

    /**
     * Returns the ratio of the worst times of a contestant and of Ringwall. Less than 1 ns counts
     * as 1.
     */
    static String ratio(Cell.Measured measured, Cell.Measured ours) {
        return Summary.hundredths(
                Quotient.ofTimes(measured.worst().median(), ours.worst().median()));
    }

    /** Returns a record for each cell, with all its figures. */
    public List<Map<String, Object>> records() {
        List<Map<String, Object>> records = new ArrayList<>();
        for (Cell cell : cells) {
            Map<String, Object> record = new LinkedHashMap<>();
            record.put("workload", cell.workload().title());
            record.put("rules", cell.size());
            record.put("contestant", cell.contestant());
            if (cell.outcome() instanceof Cell.Measured measured) {
                figures(record, measured);
            } else if (cell.outcome() instanceof Cell.Failed failed) {
                record.put("failed", failed.stage());
                record.put("why", failed.why());
            }
            records.add(record);
        }
        return records;
    }

    private static void figures(Map<String, Object> record, Cell.Measured measured) {
        record.put("hit_ns", quantiles(measured.hit()));
        record.put("miss_ns", quantiles(measured.miss()));
        record.put("hot_ns", quantiles(measured.hot()));
        record.put("insns", measured.program().xlated());
        record.put("processed", measured.program().processed());
        record.put("jit_bytes", measured.program().jited());
        record.put("load_ms", rounded(measured.costs().loadMs()));
        record.put("ready_ms", rounded(measured.costs().readyMs()));
        record.put("map_kib", rounded(measured.costs().mapKib()));
        measured.compileMs().ifPresent(ms -> record.put("compile_ms", rounded(ms)));
        record.put("verdicts", measured.verdicts());
        record.put("wrong", measured.wrong());
    }

    static List<Double> quantiles(Summary summary) {
        return List.of(
                rounded(summary.min()),
                rounded(summary.low()),
                rounded(summary.median()),
                rounded(summary.high()),
                rounded(summary.max()));
    }

    private static double rounded(double value) {
        return Math.rint(value * 1000) / 1000;
    }

    /**
     * Returns charts of the cost of a decision, the length of the program, and the cost of coming
     * into force, against the number of rules, as SVG.
     */
    public String plot() {
        List<String> names = cells.stream().map(Cell::contestant).distinct().toList();
        List<Chart.Panel> panels = List.of(
                panel("ns per decision, net, random keys", NS, m -> m.worst().median()),
                panel("instructions", COUNT, m -> (double) m.program().xlated()),
                panel("processed by the verifier", COUNT, m ->
                        (double) m.program().processed()),
                panel("load, ms", MS, m -> m.costs().loadMs()),
                panel("memory of maps, KiB", KIB, m -> m.costs().mapKib()),
                panel("ready, ms", MS, m -> m.costs().readyMs()));
        return new Chart(workload.title(), workload.meaning(), names, panels).svg();
    }

    private Chart.Panel panel(String heading, double least, Function<Cell.Measured, Double> figure) {
        Map<String, SortedMap<Integer, Optional<Double>>> series = new LinkedHashMap<>();
        for (Cell cell : cells) {
            Optional<Double> value = cell.outcome() instanceof Cell.Measured measured
                    ? Optional.of(figure.apply(measured))
                    : Optional.empty();
            series.computeIfAbsent(cell.contestant(), name -> new TreeMap<>()).put(cell.size(), value);
        }
        return new Chart.Panel(heading, series, least);
    }
}
