// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bench.field.Workload;

/**
 * The rivals that did not compile or load. They are not tried with more rules of the same workload,
 * because that would only wait for the time limit again.
 */
final class GivenUp {
    private static final String NO_COMPILE = "no compile";
    private static final String NO_LOAD = "no load";

    /** The stage of a rival that is not tried. */
    static final String NOT_TRIED = "not tried";

    private final Map<Workload, Map<String, Cell>> failed = new HashMap<>();

    /**
     * Records the result of a contestant. Of several failures, that with the fewest rules is kept.
     */
    void keep(Cell cell) {
        if (cell.outcome() instanceof Cell.Failed outcome
                && (outcome.stage().startsWith(NO_COMPILE) || outcome.stage().startsWith(NO_LOAD))) {
            failed.computeIfAbsent(cell.workload(), workload -> new HashMap<>())
                    .merge(cell.contestant(), cell, (one, other) -> one.size() <= other.size() ? one : other);
        }
    }

    /**
     * Returns the result of a contestant that failed with fewer rules of this workload, if it did.
     */
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
