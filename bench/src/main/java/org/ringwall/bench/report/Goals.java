// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The performance contract, checked on the figures of one run. A rival without a figure sets no
 * goal. A missing figure of Ringwall misses the goal.
 */
public final class Goals {
    private static final String OURS = "ringwall";
    private static final String NS = "ns";
    private static final String CPU_MS = "cpu ms";
    private static final String MIB = "MiB";
    private static final String NONE = "–";
    private static final double HUNDRED = 100;

    private static final double TO_FASTEST = 0.7;
    private static final double TO_MAP = 0.35;
    private static final Set<String> MAPS = Set.of("LPM trie", "hash map");
    private static final double LIST_INSNS = 300;
    private static final double MANY_MS = 1_500;
    private static final int MANY = 100_000;
    private static final double SAMPLE_INSNS = 0.95;

    private static final String START_UP = "start-up";
    private static final double STATUS_TO_EMPTY = 3;
    private static final double APPLY_TO_EMPTY = 4;
    private static final double RUN_MS = 150;

    private static final String OCI_HOOK = "oci-hook";
    private static final double HOOK_MS = 60;

    /**
     * A goal of a workload of state, which does the same as a program in C.
     *
     * @param workload the first words of the workload
     * @param most the upper bound of the ratio of the nanoseconds
     */
    private record State(String workload, String ours, String rival, double most) {
        State(String workload, String rival, double most) {
            this(workload, OURS, rival, most);
        }
    }

    private static final List<State> STATE = List.of(
            new State("state-count-constant", "clang v3 hash", 0.15),
            new State("state-count-keyed", "clang v3 hash", 1),
            new State("state-count-keyed", "clang v3 percpu hash, atomic, word", 1),
            new State("state-count-keyed", "ringwall lru", "clang v3 lru percpu hash, atomic, word", 1),
            new State("state-count-sock-ops", "clang v3 hash", 0.7),
            new State("state-count-sock-ops", "clang v3 array", 0.7),
            new State("state-count-packets alone", "clang v3 array", 1),
            new State("state-count-packets firewall", "systemd 257", 1),
            new State("state-live-set addresses", "clang v3 hash", 1),
            new State("state-live-set prefixes", "clang v3 LPM trie", 1),
            new State("state-live-set ports", "clang v3 hash", 1),
            new State("state-rate", "clang v3 spin lock", 1),
            new State("state-log", "clang v3 ring buffer", 1),
            new State("state-redirect literal", "clang v3 origin", 1),
            new State("state-redirect table", "clang v3 hash origin", 1),
            new State("state-sock-ops", "clang v3", 1),
            new State("state-sockopt", "clang v3", 1),
            new State("state-sysctl", "clang v3", 1),
            new State("state-monitor", "clang v3 array", 1),
            new State("state-none", "ringwall, others keep", OURS, 1));

    /** A goal of the cost of a command on a host of some size. */
    private record Host(String workload, int size, String unit, double most) {}

    private static final List<Host> HOST = List.of(
            new Host("host run", 0, CPU_MS, 250),
            new Host("host apply", 10_000, CPU_MS, 5_000),
            new Host("host status", 10_000, CPU_MS, 2_000),
            new Host("host join", 10_000, CPU_MS, 350),
            new Host("host upgrade", 10_000, CPU_MS, 5_000),
            new Host("host container", 100, CPU_MS, 20),
            new Host("host container", 1_000, CPU_MS, 20),
            new Host("host container", 3_000, CPU_MS, 20),
            new Host("host container", 10_000, CPU_MS, 20),
            new Host("host container", 1_000, MIB, 96),
            new Host("host live-fill", 1_000_000, CPU_MS, 3_000),
            new Host("host live-fill", 1_000_000, MIB, 128),
            new Host("host live-replace", 1_000_000, CPU_MS, 3_000),
            new Host("host live-replace", 1_000_000, MIB, 128),
            new Host("host events", 100_000, "cpu ns", 5_000),
            new Host("host events", 500_000, "cpu ns", 5_000));

    private final Results results;
    private final Set<String> lists;
    private final List<List<String>> rows = new ArrayList<>();
    private int missed;

    /** Creates a check; `lists` are the titles of the workloads that are lists of rules. */
    public Goals(Results results, Set<String> lists) {
        this.results = results;
        this.lists = lists;
    }

    /** Returns each goal that applies to a figure, and whether it is met. */
    public Table table() {
        rows.clear();
        missed = 0;
        for (Figure figure : results.figures()) {
            if (figure.contestant().equals(OURS) && lists.contains(figure.workload())) {
                list(figure);
            }
            boolean many = figure.size() == MANY && figure.unit().equals("ms");
            if (many && Set.of("ringwallc", "ringwall, command").contains(figure.contestant())) {
                number(figure, MANY_MS);
            }
            if (figure.workload().startsWith(START_UP)) {
                startUp(figure);
            }
            if (figure.workload().startsWith(OCI_HOOK) && figure.contestant().equals("ringwall, agent")) {
                hook(figure);
            }
            HOST.stream()
                    .filter(goal -> figure.contestant().equals("ringwall, command")
                            && figure.workload().equals(goal.workload())
                            && figure.size() == goal.size()
                            && figure.unit().equals(goal.unit()))
                    .forEach(goal -> number(figure, goal.most()));
            STATE.stream()
                    .filter(goal -> figure.unit().equals(NS)
                            && figure.contestant().equals(goal.ours())
                            && (figure.workload() + " ").startsWith(goal.workload() + " "))
                    .forEach(goal -> ratio(figure, results.beside(figure, goal.rival()), goal.most()));
        }
        samples();
        wrong();
        return new Table(
                "goals",
                "value is the ratio to the rival where one is named; less than 1 ns counts as 1; " + missed + " of "
                        + rows.size() + " missed",
                List.of("what", "beside", "value", "at most", "met"),
                rows,
                List.of());
    }

    private void list(Figure figure) {
        if (figure.unit().equals(NS)) {
            ratio(figure, results.fastestRival(figure), TO_FASTEST);
            MAPS.stream().sorted().forEach(map -> ratio(figure, results.beside(figure, map), TO_MAP));
        } else if (figure.unit().equals("insns")) {
            number(figure, LIST_INSNS);
        }
    }

    private void startUp(Figure figure) {
        switch (figure.contestant()) {
            case "ringwall status" -> beside(figure, "empty main", STATUS_TO_EMPTY);
            case "ringwall apply" -> beside(figure, "empty main", APPLY_TO_EMPTY);
            case "ringwall run" -> add(command(figure), NONE, figure.value().map(Summary::median), RUN_MS);
            default -> {
                // A rival.
            }
        }
    }

    private void hook(Figure figure) {
        if (figure.unit().equals("added ms")) {
            add(command(figure), NONE, figure.value().map(Summary::median), HOOK_MS);
        }
    }

    private void beside(Figure figure, String rival, double most) {
        results.beside(figure, rival).ifPresent(its -> add(command(figure), rival, Results.ratio(figure, its), most));
    }

    private static String command(Figure figure) {
        return figure.workload() + ", " + figure.contestant() + ": " + figure.unit();
    }

    private void ratio(Figure ours, Optional<Figure> rival, double most) {
        rival.filter(its -> its.value().isPresent())
                .ifPresent(its ->
                        add(ours.subject() + ": " + ours.unit(), its.contestant(), Results.ratio(ours, its), most));
    }

    private void number(Figure figure, double most) {
        add(figure.subject() + ": " + figure.unit(), NONE, figure.value().map(Summary::median), most);
    }

    /** Checks the geometric mean over the programs of all samples, in instructions and in time. */
    private void samples() {
        for (String unit : List.of("insns", NS)) {
            Map<String, List<Double>> ratios = new LinkedHashMap<>();
            for (Figure its : results.figures()) {
                // Only these begin with the check of a control word, as Ringwall's programs do.
                boolean comparable = its.workload().startsWith("samples-")
                        && its.contestant().endsWith(" word");
                if (comparable && its.unit().equals(unit)) {
                    results.beside(its, OURS)
                            .flatMap(ours -> Results.ratio(ours, its))
                            .ifPresent(ratio -> ratios.computeIfAbsent(its.contestant(), name -> new ArrayList<>())
                                    .add(ratio));
                }
            }
            ratios.forEach((rival, all) -> add(
                    "samples, geometric mean of programs: " + unit,
                    rival,
                    Optional.of(Math.exp(
                            all.stream().mapToDouble(Math::log).average().orElseThrow())),
                    unit.equals(NS) ? 1 : SAMPLE_INSNS));
        }
    }

    private void wrong() {
        List<Summary> all = results.figures().stream()
                .filter(figure -> figure.ours() && figure.unit().equals("wrong"))
                .flatMap(figure -> figure.value().stream())
                .toList();
        if (!all.isEmpty()) {
            long checked = all.stream().mapToLong(Summary::n).sum();
            double wrong = all.stream().mapToDouble(Summary::median).sum();
            add("wrong verdicts and effects of " + checked, NONE, Optional.of(wrong), 0);
        }
    }

    /** Adds a goal. A value is compared as printed, to a hundredth. */
    private void add(String what, String beside, Optional<Double> value, double most) {
        boolean met = value.isPresent() && Math.rint(HUNDRED * value.get()) <= Math.rint(HUNDRED * most);
        missed += met ? 0 : 1;
        rows.add(List.of(what, beside, value.map(Goals::text).orElse(NONE), text(most), met ? "yes" : "no"));
    }

    private static String text(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : String.format(Locale.ROOT, "%.2f", value);
    }
}
