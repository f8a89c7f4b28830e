// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.ringwall.bench.Summary;
import org.ringwall.bench.Table;
import org.ringwall.bench.field.Ringwall;
import org.ringwall.bench.state.StateFigure;
import org.ringwall.bench.state.StateWorkload;

/** The figures of one workload of state, as a table and as a chart. */
public record StateReport(StateWorkload workload, List<StateFigure> figures) {
    private static final List<String> COLUMNS = List.of(
            "case",
            "contestant",
            "insns",
            "processed",
            "jit bytes",
            "maps",
            "map KiB",
            "ns",
            "spread",
            "× ringwall",
            "calls",
            "effects",
            "wrong");

    private static final String NONE = "–";

    public StateReport {
        figures = List.copyOf(figures);
    }

    /** Returns the figures as a table. */
    public Table table(String method) {
        return new Table(
                workload.title(),
                workload.meaning() + "; " + method,
                COLUMNS,
                figures.stream().map(this::row).toList(),
                List.of());
    }

    private List<String> row(StateFigure figure) {
        return List.of(
                figure.subject(),
                figure.contestant(),
                Integer.toString(figure.program().xlated()),
                Integer.toString(figure.program().processed()),
                Integer.toString(figure.program().jited()),
                Integer.toString(figure.maps()),
                Summary.number(figure.kib()),
                Summary.number(figure.ns().median()),
                figure.ns().spread(),
                find(figures, figure.subject(), Ringwall.TITLE)
                        .map(ours -> Summary.hundredths(quotient(figure, ours)))
                        .orElse(NONE),
                Long.toString(figure.calls()),
                Long.toString(figure.effects()),
                figure.wrong() + "/" + figure.checked());
    }

    private static Optional<StateFigure> find(List<StateFigure> among, String subject, String contestant) {
        return among.stream()
                .filter(figure ->
                        figure.subject().equals(subject) && figure.contestant().equals(contestant))
                .findFirst();
    }

    private static double quotient(StateFigure one, StateFigure other) {
        return Quotient.ofTimes(one.ns().median(), other.ns().median());
    }

    /** Returns a record for each figure. */
    public List<Map<String, Object>> records() {
        return figures.stream().map(StateReport::entry).toList();
    }

    private static Map<String, Object> entry(StateFigure figure) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("workload", figure.workload().title());
        entry.put("case", figure.kind());
        entry.put(figure.workload().unit(), figure.size());
        entry.put("contestant", figure.contestant());
        entry.put("ns", VerdictReport.quantiles(figure.ns()));
        entry.put("insns", figure.program().xlated());
        entry.put("processed", figure.program().processed());
        entry.put("jit_bytes", figure.program().jited());
        entry.put("maps", figure.maps());
        entry.put("map_kib", figure.kib());
        entry.put("calls", figure.calls());
        entry.put("effects", figure.effects());
        entry.put("checked", figure.checked());
        entry.put("wrong", figure.wrong());
        return entry;
    }

    /**
     * Returns a chart of nanoseconds against the size, with a panel for each kind of case, as SVG.
     * If sizes do not vary, there is a panel for each case.
     */
    public String plot() {
        List<String> names =
                figures.stream().map(StateFigure::contestant).distinct().toList();
        boolean varies = figures.stream()
                .collect(Collectors.groupingBy(
                        StateFigure::kind, Collectors.mapping(StateFigure::size, Collectors.toSet())))
                .values()
                .stream()
                .allMatch(sizes -> sizes.size() > 1);
        Map<String, Map<String, SortedMap<Integer, Optional<Double>>>> panels = new LinkedHashMap<>();
        for (StateFigure figure : figures) {
            panels.computeIfAbsent(varies ? figure.kind() : figure.subject(), heading -> new LinkedHashMap<>())
                    .computeIfAbsent(figure.contestant(), name -> new TreeMap<>())
                    .put(varies ? figure.size() : 1, Optional.of(figure.ns().median()));
        }
        List<Chart.Panel> all = new ArrayList<>();
        panels.forEach((heading, series) -> all.add(new Chart.Panel(heading + ": ns, net", series)));
        return new Chart(workload.title(), workload.meaning(), names, all, workload.unit()).svg();
    }

    /**
     * A goal.
     *
     * @param subject the prefix of the cases to which it applies
     * @param ours the contestant of Ringwall
     * @param rival the contestant it is compared with
     * @param most the upper bound of the ratio of Ringwall to the rival
     */
    private record Goal(StateWorkload workload, String subject, String ours, String rival, double most) {}

    private static final List<Goal> GOALS = List.of(
            new Goal(StateWorkload.COUNT_CONSTANT, "", Ringwall.TITLE, "clang v3 hash", 0.15),
            new Goal(StateWorkload.COUNT_KEYED, "", Ringwall.TITLE, "clang v3 hash", 1),
            new Goal(StateWorkload.COUNT_KEYED, "", Ringwall.TITLE, "clang v3 percpu hash, atomic, word", 1),
            new Goal(
                    StateWorkload.COUNT_KEYED,
                    "",
                    Ringwall.TITLE + " lru",
                    "clang v3 lru percpu hash, atomic, word",
                    1),
            new Goal(StateWorkload.COUNT_SOCK_OPS, "processors 2", Ringwall.TITLE, "clang v3 hash", 0.7),
            new Goal(StateWorkload.COUNT_SOCK_OPS, "processors 2", Ringwall.TITLE, "clang v3 array", 0.7),
            new Goal(StateWorkload.COUNT_PACKETS, "alone", Ringwall.TITLE, "clang v3 array", 1),
            new Goal(StateWorkload.COUNT_PACKETS, "firewall", Ringwall.TITLE, "systemd 257", 1),
            new Goal(StateWorkload.LIVE_SET, "addresses", Ringwall.TITLE, "clang v3 hash", 1),
            new Goal(StateWorkload.LIVE_SET, "prefixes", Ringwall.TITLE, "clang v3 LPM trie", 1),
            new Goal(StateWorkload.LIVE_SET, "ports", Ringwall.TITLE, "clang v3 hash", 1),
            new Goal(StateWorkload.RATE, "", Ringwall.TITLE, "clang v3 spin lock", 1),
            new Goal(StateWorkload.LOG, "", Ringwall.TITLE, "clang v3 ring buffer", 1),
            new Goal(StateWorkload.REDIRECT, "literal", Ringwall.TITLE, "clang v3 origin", 1),
            new Goal(StateWorkload.REDIRECT, "table", Ringwall.TITLE, "clang v3 hash origin", 1),
            new Goal(StateWorkload.SOCK_OPS, "", Ringwall.TITLE, "clang v3", 1),
            new Goal(StateWorkload.SOCKOPT, "", Ringwall.TITLE, "clang v3", 1),
            new Goal(StateWorkload.SYSCTL, "", Ringwall.TITLE, "clang v3", 1),
            new Goal(StateWorkload.MONITOR, "", Ringwall.TITLE, "clang v3 array", 1),
            new Goal(StateWorkload.NONE, "", Ringwall.TITLE + ", others keep", Ringwall.TITLE, 1));

    /** Returns the goals of all workloads, with the figures of Ringwall and its rivals. */
    public static Table goals(List<StateFigure> all) {
        List<List<String>> rows = new ArrayList<>();
        for (Goal goal : GOALS) {
            List<StateFigure> among = all.stream()
                    .filter(figure -> figure.workload() == goal.workload()
                            && figure.subject().startsWith(goal.subject()))
                    .toList();
            for (StateFigure ours : among) {
                if (ours.contestant().equals(goal.ours())) {
                    find(among, ours.subject(), goal.rival()).ifPresent(rival -> rows.add(row(goal, ours, rival)));
                }
            }
        }
        return new Table(
                "state-goals",
                "÷ is ours to the other, and the goal the most that it may be; less than 1 ns counts as 1",
                List.of("case", "beside", "ours", "ns", "its ns", "insns", "its insns", "÷", "goal", "met"),
                rows,
                List.of());
    }

    private static List<String> row(Goal goal, StateFigure ours, StateFigure rival) {
        Held held = Held.quotient(
                goal.workload().title() + " " + ours.subject(),
                rival.contestant(),
                Summary.number(ours.ns().median()),
                Summary.number(rival.ns().median()),
                quotient(ours, rival),
                goal.most());
        return List.of(
                held.what(),
                held.beside(),
                ours.contestant(),
                held.ours(),
                held.its(),
                Integer.toString(ours.program().xlated()),
                Integer.toString(rival.program().xlated()),
                held.value(),
                held.goal(),
                held.met());
    }
}
