package org.ringwall.bench.verdict;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bench.field.Workload;

/**
 * Rivals that did not compile or load: with more rules of the same workload they are not asked again, since a compiler that was
 * given up would only be waited for as long as before.
 */
final class GivenUp {
    private static final String NO_COMPILE = "no compile";
    private static final String NO_LOAD = "no load";

    /** The stage of those who are not asked. */
    static final String NOT_TRIED = "not tried";

    private final Map<Workload, Map<String, Cell>> failed = new HashMap<>();

    /** Remembers how a contestant fared; of several failures the one with the fewest rules. */
    void keep(Cell cell) {
        if (cell.outcome() instanceof Cell.Failed outcome
                && (outcome.stage().startsWith(NO_COMPILE) || outcome.stage().startsWith(NO_LOAD))) {
            failed.computeIfAbsent(cell.workload(), workload -> new HashMap<>())
                    .merge(cell.contestant(), cell, (one, other) -> one.size() <= other.size() ? one : other);
        }
    }

    /** The cell of a contestant that failed with fewer rules of this workload. */
    Optional<Cell.Failed> with(Workload workload, int size, String contestant) {
        return Optional.ofNullable(failed.getOrDefault(workload, Map.of()).get(contestant))
                .filter(cell -> cell.size() < size)
                .map(GivenUp::notTried);
    }

    private static Cell.Failed notTried(Cell cell) {
        Cell.Failed failed = (Cell.Failed) cell.outcome();
        return new Cell.Failed(NOT_TRIED, "with " + cell.size() + " rules " + failed.stage() + ": " + failed.why());
    }
}
