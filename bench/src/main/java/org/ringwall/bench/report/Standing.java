// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bench.Summary;
import org.ringwall.bench.Table;
import org.ringwall.bench.field.Ringwall;
import org.ringwall.bench.verdict.Cell;

/** Ringwall compared with its fastest rival, at each size of each workload. */
public final class Standing {
    private static final List<String> COLUMNS = List.of(
            "workload",
            "rules",
            "ringwall ns",
            "insns",
            "processed",
            "fastest other",
            "its ns",
            "its insns",
            "× ringwall");

    private static final String NONE = "–";

    private Standing() {}

    /** Returns a table with a row for each size. */
    public static Table table(List<Cell> cells) {
        Map<String, List<Cell>> bySize = new LinkedHashMap<>();
        cells.forEach(
                cell -> bySize.computeIfAbsent(cell.workload().title() + " " + cell.size(), key -> new ArrayList<>())
                        .add(cell));
        return new Table(
                "standing",
                "ns per decision, net, the worse of hits and misses; × is the fastest other to ringwall, above 1 where"
                        + " ringwall is faster, and less than 1 ns counts as 1",
                COLUMNS,
                bySize.values().stream().map(Standing::row).toList(),
                List.of());
    }

    private static List<String> row(List<Cell> cells) {
        Optional<Cell.Measured> ours = cells.stream()
                .filter(cell -> cell.contestant().equals(Ringwall.TITLE))
                .flatMap(cell -> measured(cell).stream())
                .findFirst();
        Optional<Cell> other = cells.stream()
                .filter(cell -> !cell.contestant().equals(Ringwall.TITLE)
                        && measured(cell).isPresent())
                .min(Comparator.comparingDouble(
                        cell -> measured(cell).map(Standing::nanoseconds).orElse(Double.MAX_VALUE)));
        Optional<Cell.Measured> best = other.flatMap(Standing::measured);
        Cell first = cells.get(0);
        return List.of(
                first.workload().title(),
                Integer.toString(first.size()),
                ours.map(found -> Summary.number(nanoseconds(found))).orElseGet(() -> failure(cells)),
                ours.map(found -> Integer.toString(found.program().xlated())).orElse(NONE),
                ours.map(found -> Integer.toString(found.program().processed())).orElse(NONE),
                other.map(Cell::contestant).orElse(NONE),
                best.map(found -> Summary.number(nanoseconds(found))).orElse(NONE),
                best.map(found -> Integer.toString(found.program().xlated())).orElse(NONE),
                ours.flatMap(found -> best.map(rival -> ratio(rival, found))).orElse(NONE));
    }

    private static String ratio(Cell.Measured rival, Cell.Measured ours) {
        return Summary.hundredths(Quotient.ofTimes(nanoseconds(rival), nanoseconds(ours)));
    }

    private static Optional<Cell.Measured> measured(Cell cell) {
        return cell.outcome() instanceof Cell.Measured found ? Optional.of(found) : Optional.empty();
    }

    private static double nanoseconds(Cell.Measured measured) {
        return measured.worst().median();
    }

    private static String failure(List<Cell> cells) {
        return cells.stream()
                .filter(cell -> cell.contestant().equals(Ringwall.TITLE))
                .map(Cell::outcome)
                .filter(Cell.Failed.class::isInstance)
                .map(outcome -> ((Cell.Failed) outcome).stage())
                .findFirst()
                .orElse(NONE);
    }
}
