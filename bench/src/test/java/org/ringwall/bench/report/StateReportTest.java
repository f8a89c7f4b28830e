// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.Summary;
import org.ringwall.bench.Table;
import org.ringwall.bench.state.StateFigure;
import org.ringwall.bench.state.StateWorkload;
import org.ringwall.bench.verdict.ProgramStats;

class StateReportTest {
    private static final List<StateFigure> FIGURES = List.of(
            figure("keys", 1, "ringwall", 12),
            figure("keys", 1, "clang v3 hash", 8),
            figure("keys", 100, "ringwall", 0.2),
            figure("keys", 100, "clang v3 hash", 20));

    private static StateFigure figure(String kind, int size, String contestant, double ns) {
        return new StateFigure(
                StateWorkload.COUNT_KEYED,
                kind,
                size,
                contestant,
                Summary.of(List.of(ns, ns)),
                new ProgramStats(30, 200, 60, 0, 0),
                2,
                8.5,
                100,
                99,
                1,
                10);
    }

    @Test
    void eachContestantStandsBesideOursInItsCase() {
        Table table = new StateReport(StateWorkload.COUNT_KEYED, FIGURES).table("measured");
        assertThat(table.name()).isEqualTo("state-count-keyed");
        assertThat(table.rows().stream().map(row -> String.join(" ", row)))
                .containsExactly(
                        "keys 1 ringwall 30 60 200 2 8.5 12.0 12.0…12.0 1.00 100 99 1/10",
                        "keys 1 clang v3 hash 30 60 200 2 8.5 8.0 8.0…8.0 0.67 100 99 1/10",
                        "keys 100 ringwall 30 60 200 2 8.5 0.2 0.2…0.2 1.00 100 99 1/10",
                        "keys 100 clang v3 hash 30 60 200 2 8.5 20.0 20.0…20.0 20.00 100 99 1/10");
        assertThat(table.csv()).contains("state-count-keyed,keys 100,clang v3 hash,× ringwall,20.00");
    }

    @Test
    void recordsHoldEveryFigure() {
        assertThat(new StateReport(StateWorkload.COUNT_KEYED, FIGURES).records())
                .hasSize(4)
                .first()
                .satisfies(record -> assertThat(record)
                        .containsEntry("workload", "state-count-keyed")
                        .containsEntry("keys", 1)
                        .containsEntry("ns", List.of(12.0, 12.0, 12.0, 12.0, 12.0))
                        .containsEntry("effects", 99L)
                        .containsEntry("wrong", 1L));
    }

    @Test
    void goalsDivideOursByTheOther() {
        assertThat(StateReport.goals(FIGURES).rows().stream().map(row -> String.join(" ", row)))
                .containsExactly(
                        "state-count-keyed keys 1 clang v3 hash ringwall 12.0 8.0 30 30 1.50 1.00 no",
                        "state-count-keyed keys 100 clang v3 hash ringwall 0.2 20.0 30 30 0.05 1.00 yes");
    }

    @Test
    void aPlotHasLinesWhereSomethingVariesAndBarsWhereNothingDoes() {
        String lines = new StateReport(StateWorkload.COUNT_KEYED, FIGURES).plot();
        assertThat(lines).contains("keys: ns, net", ">keys<").doesNotContain(">rules<");
        String bars = new StateReport(
                        StateWorkload.REDIRECT,
                        List.of(
                                figure("literal", 0, "ringwall", 3),
                                figure("table", 10, "ringwall", 4),
                                figure("table", 1000, "ringwall", 5)))
                .plot();
        assertThat(bars).contains("literal: ns, net", "table 10: ns, net", "table 1000: ns, net");
    }
}
