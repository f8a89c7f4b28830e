package org.ringwall.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bench.Summary;
import org.ringwall.bench.Table;
import org.ringwall.bench.field.Ringwall;
import org.ringwall.bench.field.Workload;
import org.ringwall.bench.verdict.Cell;

/** What ours is held to in the workloads of verdicts: nanoseconds to those of a rival in the same run. */
public final class VerdictGoals {
    private static final String LPM = "LPM trie";
    private static final String HASH = "hash map";

    private static final List<Goal> GOALS = List.of(
            new Goal(Workload.PORTS, 2, "clang v3 switch", 0.5),
            new Goal(Workload.PORTS, 500, "clang v3 switch", 0.15),
            new Goal(Workload.PREFIXES4, 10, LPM, 0.12),
            new Goal(Workload.PREFIXES4, 100, LPM, 0.12),
            new Goal(Workload.PREFIXES4, 1_000, LPM, 0.12),
            new Goal(Workload.PREFIXES4, 10_000, LPM, 0.1),
            new Goal(Workload.PREFIXES4, 100_000, LPM, 0.17),
            new Goal(Workload.PREFIXES6, 1_000, LPM, 0.2),
            new Goal(Workload.PREFIXES6, 10_000, LPM, 0.2),
            new Goal(Workload.ADDRESSES, 1_000, HASH, 0.08),
            new Goal(Workload.ADDRESSES, 10_000, HASH, 0.15),
            new Goal(Workload.ADDRESSES, 100_000, HASH, 0.45),
            new Goal(Workload.DEFAULTS_RUNC, 11, "runc 1.1", 0.4),
            new Goal(Workload.DEFAULTS_CRUN, 13, "crun 1.21", 0.4),
            new Goal(Workload.DEFAULTS_DOCKER, 12, "runc 1.1", 0.4),
            new Goal(Workload.PACKETS, 3, "systemd 257", 0.15),
            new Goal(Workload.SYSCTL, 100, LPM, 0.2));

    private VerdictGoals() {}

    /**
     * What one list is held to.
     *
     * @param most ours to the rival
     */
    private record Goal(Workload workload, int size, String rival, double most) {}

    /** Ours beside those whom it is held to, as far as both were measured. */
    public static Table table(List<Cell> cells) {
        List<List<String>> rows = new ArrayList<>();
        for (Goal goal : GOALS) {
            find(cells, goal, Ringwall.TITLE)
                    .ifPresent(
                            ours -> find(cells, goal, goal.rival()).ifPresent(its -> rows.add(row(goal, ours, its))));
        }
        return new Table(
                "verdict-goals",
                "÷ is ours to the other, and the goal the most that it may be; less than 1 ns counts as 1",
                List.of("workload", "rules", "beside", "ns", "its ns", "insns", "its insns", "processed", "÷", "goal"),
                rows,
                List.of());
    }

    private static Optional<Cell.Measured> find(List<Cell> cells, Goal goal, String contestant) {
        return cells.stream()
                .filter(cell -> cell.workload() == goal.workload()
                        && cell.size() == goal.size()
                        && cell.contestant().equals(contestant))
                .map(Cell::outcome)
                .filter(Cell.Measured.class::isInstance)
                .map(Cell.Measured.class::cast)
                .findFirst();
    }

    private static List<String> row(Goal goal, Cell.Measured ours, Cell.Measured its) {
        return List.of(
                goal.workload().title(),
                Integer.toString(goal.size()),
                goal.rival(),
                Summary.number(ours.worst().median()),
                Summary.number(its.worst().median()),
                Integer.toString(ours.program().xlated()),
                Integer.toString(its.program().xlated()),
                Integer.toString(ours.program().processed()),
                VerdictReport.ratio(ours, its),
                Summary.hundredths(goal.most()));
    }
}
