// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bench.Summary;
import org.ringwall.bench.field.Ringwall;
import org.ringwall.bench.field.Workload;
import org.ringwall.bench.verdict.Cell;
import org.ringwall.bpf.kernel.Hook;

/** The goals of the verdict workloads: relative to a rival in the same run, and absolute. */
public final class VerdictGoals {
    private static final String LPM = "LPM trie";
    private static final String HASH = "hash map";
    private static final String BPFILTER = "bpfilter";
    private static final String CLANG = "clang v3 switch";
    private static final String RUNC = "runc 1.1";
    private static final int PREFIX_CODE = 300;
    private static final int TUPLE_RULES = 1_000;

    /** The figure to which a goal applies. */
    private enum Figure {
        /** Nanoseconds relative to the rival. */
        NS_TO,
        /** Instructions relative to the rival. */
        INSNS_TO,
        NS,
        INSNS,
        BEYOND,
        PROCESSED
    }

    /**
     * The goal for one list.
     *
     * @param rival the rival it is compared with, or a dash
     * @param most the upper bound of the figure
     */
    private record Goal(Workload workload, int size, Figure figure, String rival, double most) {
        String what() {
            String list = workload.title() + " " + size + ": ";
            return list
                    + switch (figure) {
                        case NS_TO -> "ns";
                        case NS -> "ns over the floor";
                        case INSNS_TO, INSNS -> "instructions";
                        case BEYOND -> "instructions beyond the prologue";
                        case PROCESSED -> "processed";
                    };
        }

        String text() {
            return switch (figure) {
                case NS_TO, INSNS_TO -> Summary.hundredths(most);
                case NS -> Summary.number(most);
                case INSNS, BEYOND, PROCESSED -> Integer.toString((int) most);
            };
        }
    }

    private static final List<Goal> GOALS = goals();

    private VerdictGoals() {}

    private static List<Goal> goals() {
        List<Goal> all = new ArrayList<>();
        all.add(beside(Workload.PORTS, 2, CLANG, 0.5));
        all.add(alone(Workload.PORTS, 2, Figure.BEYOND, 10));
        all.add(beside(Workload.PORTS, 500, CLANG, 0.15));
        all.add(alone(Workload.PORTS, 500, Figure.BEYOND, 15));
        all.addAll(prefixes(10, 0.12));
        all.addAll(prefixes(100, 0.12));
        all.addAll(prefixes(1_000, 0.12));
        all.addAll(prefixes(10_000, 0.1));
        all.addAll(prefixes(100_000, 0.17));
        all.addAll(prefixes(1_000_000, 0.25));
        all.add(beside(Workload.PREFIXES6, 1_000, LPM, 0.2));
        all.add(beside(Workload.PREFIXES6, 10_000, LPM, 0.2));
        all.add(beside(Workload.ADDRESSES, 1_000, HASH, 0.08));
        all.add(beside(Workload.ADDRESSES, 10_000, HASH, 0.15));
        all.add(beside(Workload.ADDRESSES, 100_000, HASH, 0.45));
        all.addAll(defaults(Workload.DEFAULTS_RUNC, RUNC));
        all.addAll(defaults(Workload.DEFAULTS_CRUN, "crun 1.21"));
        all.addAll(defaults(Workload.DEFAULTS_DOCKER, RUNC));
        all.add(alone(Workload.DEVICES, 1_000, Figure.INSNS, 45));
        all.add(alone(Workload.DEVICES, 1_000, Figure.PROCESSED, 60));
        all.add(alone(Workload.DEVICES, 1_000, Figure.NS, 10));
        all.add(beside(Workload.PACKETS, 3, "systemd 257", 0.15));
        all.add(beside(Workload.SYSCTL, 100, LPM, 0.2));
        for (Workload workload : Workload.named("tuples")) {
            all.add(new Goal(workload, TUPLE_RULES, Figure.INSNS_TO, BPFILTER, 0.1));
            all.add(alone(workload, TUPLE_RULES, Figure.PROCESSED, 3_000));
        }
        return List.copyOf(all);
    }

    private static List<Goal> prefixes(int size, double most) {
        return List.of(
                beside(Workload.PREFIXES4, size, LPM, most),
                alone(Workload.PREFIXES4, size, Figure.INSNS, PREFIX_CODE),
                alone(Workload.PREFIXES4, size, Figure.PROCESSED, PREFIX_CODE));
    }

    private static List<Goal> defaults(Workload workload, String rival) {
        int size = workload.sizes().get(0);
        return List.of(
                beside(workload, size, rival, 0.4),
                alone(workload, size, Figure.BEYOND, 24),
                alone(workload, size, Figure.PROCESSED, 50));
    }

    private static Goal beside(Workload workload, int size, String rival, double most) {
        return new Goal(workload, size, Figure.NS_TO, rival, most);
    }

    private static Goal alone(Workload workload, int size, Figure figure, int most) {
        return new Goal(workload, size, figure, Held.NONE, most);
    }

    /** Returns the hooks whose prologue must be measured for these cells. */
    public static Set<Hook> prologues(List<Cell> cells) {
        Set<Hook> hooks = new LinkedHashSet<>();
        for (Goal goal : GOALS) {
            if (goal.figure() == Figure.BEYOND
                    && find(cells, goal, Ringwall.TITLE).isPresent()) {
                hooks.add(goal.workload().rules(goal.size()).hook());
            }
        }
        return hooks;
    }

    /**
     * Returns the goals with the measured figures; `prologues` are numbers of instructions by hook.
     */
    public static List<Held> of(List<Cell> cells, Map<Hook, Integer> prologues) {
        List<Held> all = new ArrayList<>();
        for (Goal goal : GOALS) {
            find(cells, goal, Ringwall.TITLE)
                    .flatMap(ours -> held(goal, ours, cells, prologues))
                    .ifPresent(all::add);
        }
        List<Cell.Measured> measured = cells.stream()
                .filter(cell -> cell.contestant().equals(Ringwall.TITLE))
                .flatMap(cell -> measured(cell).stream())
                .toList();
        if (!measured.isEmpty()) {
            long wrong = measured.stream().mapToLong(Cell.Measured::wrong).sum();
            long verdicts = measured.stream().mapToLong(Cell.Measured::verdicts).sum();
            all.add(Held.count("wrong verdicts of " + verdicts, wrong, 0));
        }
        return all;
    }

    private static Optional<Cell> find(List<Cell> cells, Goal goal, String contestant) {
        return cells.stream()
                .filter(cell -> cell.workload() == goal.workload()
                        && cell.size() == goal.size()
                        && cell.contestant().equals(contestant))
                .findFirst();
    }

    private static Optional<Cell.Measured> measured(Cell cell) {
        return cell.outcome() instanceof Cell.Measured found ? Optional.of(found) : Optional.empty();
    }

    private static String stage(Cell cell) {
        return cell.outcome() instanceof Cell.Failed failed ? failed.stage() : Held.NONE;
    }

    /** Returns empty if the rival did not take part or the prologue is not known. */
    private static Optional<Held> held(Goal goal, Cell cell, List<Cell> cells, Map<Hook, Integer> prologues) {
        if (measured(cell).isEmpty()) {
            return Optional.of(Held.failed(goal.what(), goal.rival(), stage(cell), goal.text()));
        }
        Cell.Measured ours = measured(cell).get();
        int insns = ours.program().xlated();
        return switch (goal.figure()) {
            case NS_TO, INSNS_TO -> find(cells, goal, goal.rival()).map(rival -> beside(goal, ours, rival));
            case NS -> Optional.of(Held.time(goal.what(), ours.worst().median(), goal.most()));
            case INSNS -> Optional.of(Held.count(goal.what(), insns, (long) goal.most()));
            case PROCESSED -> Optional.of(Held.count(goal.what(), ours.program().processed(), (long) goal.most()));
            case BEYOND ->
                Optional.ofNullable(
                                prologues.get(goal.workload().rules(goal.size()).hook()))
                        .map(prologue -> Held.count(
                                goal.what(),
                                "prologue",
                                Integer.toString(insns),
                                Integer.toString(prologue),
                                (long) insns - prologue,
                                (long) goal.most()));
        };
    }

    private static Held beside(Goal goal, Cell.Measured ours, Cell rival) {
        boolean time = goal.figure() == Figure.NS_TO;
        String own = figure(ours, time);
        return measured(rival)
                .map(its -> Held.quotient(
                        goal.what(),
                        goal.rival(),
                        own,
                        figure(its, time),
                        time
                                ? Quotient.ofTimes(
                                        ours.worst().median(), its.worst().median())
                                : (double) ours.program().xlated()
                                        / its.program().xlated(),
                        goal.most()))
                .orElseGet(() -> Held.alone(goal.what(), goal.rival(), own, stage(rival), goal.text()));
    }

    private static String figure(Cell.Measured measured, boolean time) {
        return time
                ? Summary.number(measured.worst().median())
                : Integer.toString(measured.program().xlated());
    }
}
