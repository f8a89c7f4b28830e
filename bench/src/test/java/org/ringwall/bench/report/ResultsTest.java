// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.field.Workload;
import org.ringwall.bench.verdict.Cell;
import org.ringwall.bench.verdict.ProgramStats;

class ResultsTest {
    private static final Machine MACHINE = new Machine("2026-01-02T03:04:05Z", "6.12", "A CPU, fast");

    private static final List<Figure> FIGURES = List.of(
            new Figure("ports", 2, "ringwall", "ns", new Summary(0.2, 0.4, 0.6, 5)),
            new Figure("ports", 2, "clang v3", "ns", new Summary(5, 6, 7, 5)),
            new Figure("ports", 2, "hash map", "ns", new Summary(20, 30, 40, 5)),
            new Figure("ports", 2, "bpfilter", "ns", Optional.empty(), "no load: E2BIG: too \"long\""),
            new Figure("ports", 2, "ringwall", "insns", 10),
            new Figure("ports", 2, "clang v3", "insns", 20),
            new Figure("calibrate", 0, "helper", "ns", 12.3456));

    private static final Results RESULTS = new Results().add(FIGURES);

    @Test
    void ratiosAreToTheFastestRivalAboveTheNoise() {
        assertThat(FIGURES.stream().map(RESULTS::ratio))
                .containsExactly(
                        Optional.of(1 / 6.0),
                        Optional.of(1.0),
                        Optional.of(5.0),
                        Optional.empty(),
                        Optional.of(0.5),
                        Optional.of(1.0),
                        Optional.empty());
    }

    @Test
    void aRatioToZeroIsAbsent() {
        Figure none = new Figure("ports", 2, "clang v3", "map KiB", 0);
        assertThat(Results.ratio(new Figure("ports", 2, "ringwall", "map KiB", 8), none))
                .isEmpty();
        assertThat(Results.ratio(none, new Figure("ports", 2, "hash map", "map KiB", 8)))
                .contains(0.0);
    }

    @Test
    void csvHasARowForEachFigure() {
        String end = ",2026-01-02T03:04:05Z,6.12,\"A CPU, fast\",";
        assertThat(RESULTS.csv(MACHINE).lines())
                .containsExactly(
                        "workload,contestant,size,unit,min,median,max,n,ratio,date,kernel,cpu,note",
                        "ports,ringwall,2,ns,0.2,0.4,0.6,5,0.167" + end,
                        "ports,clang v3,2,ns,5.0,6.0,7.0,5,1.0" + end,
                        "ports,hash map,2,ns,20.0,30.0,40.0,5,5.0" + end,
                        "ports,bpfilter,2,ns,,,,0," + end + "\"no load: E2BIG: too \"\"long\"\"\"",
                        "ports,ringwall,2,insns,10.0,10.0,10.0,1,0.5" + end,
                        "ports,clang v3,2,insns,20.0,20.0,20.0,1,1.0" + end,
                        "calibrate,helper,0,ns,12.346,12.346,12.346,1," + end);
    }

    @Test
    void jsonHasTheSameKeysAndLeavesOutWhatIsMissing() {
        assertThat(RESULTS.json(MACHINE).lines())
                .hasSize(FIGURES.size() + 2)
                .contains("{\"workload\":\"ports\",\"contestant\":\"ringwall\",\"size\":2,\"unit\":\"ns\",\"min\":0.2,"
                        + "\"median\":0.4,\"max\":0.6,\"n\":5,\"ratio\":0.167,\"date\":\"2026-01-02T03:04:05Z\","
                        + "\"kernel\":\"6.12\",\"cpu\":\"A CPU, fast\"},")
                .contains("{\"workload\":\"ports\",\"contestant\":\"bpfilter\",\"size\":2,\"unit\":\"ns\",\"n\":0,"
                        + "\"date\":\"2026-01-02T03:04:05Z\",\"kernel\":\"6.12\",\"cpu\":\"A CPU, fast\","
                        + "\"note\":\"no load: E2BIG: too \\\"long\\\"\"},");
    }

    @Test
    void aTableHasARowForEachContestantAndAColumnForEachUnit() {
        Table table = RESULTS.table("ports", "method", FIGURES.subList(0, 6));
        assertThat(table.columns()).containsExactly("workload", "contestant", "ns", "insns", "min…max", "ratio");
        assertThat(table.rows())
                .containsExactly(
                        List.of("ports 2", "ringwall", "0.40", "10", "0.20…0.60", "0.17"),
                        List.of("ports 2", "clang v3", "6", "20", "5…7", "1.00"),
                        List.of("ports 2", "hash map", "30", "–", "20…40", "5.00"),
                        List.of("ports 2", "bpfilter", "–", "–", "–", "–"));
        assertThat(table.notes()).containsExactly("ports 2 bpfilter: no load: E2BIG: too \"long\"");
    }

    @Test
    void aCellHasAFigurePerQuantityOrAFailureNote() {
        Cell measured = new Cell(
                Workload.PORTS,
                2,
                "ringwall",
                new Cell.Measured(
                        Summary.same(1, 5),
                        Summary.same(3, 5),
                        Summary.same(0, 5),
                        new ProgramStats(30, 200, 60, 0, 0),
                        new Cell.Costs(0.5, 1.5, 8),
                        OptionalDouble.of(12),
                        100,
                        2));
        assertThat(measured.figures().stream()
                        .map(each -> each.unit() + " "
                                + Summary.number(each.value().orElseThrow().median())))
                .containsExactly(
                        "ns 3",
                        "hit ns 1",
                        "miss ns 3",
                        "hot ns 0",
                        "insns 30",
                        "processed 60",
                        "jit bytes 200",
                        "load ms 0.50",
                        "map KiB 8",
                        "ready ms 1.50",
                        "wrong 2",
                        "compile ms 12");
        assertThat(new Cell(Workload.PORTS, 2, "bpfilter", new Cell.Failed("no load", "E2BIG")).figures())
                .containsExactly(new Figure("ports", 2, "bpfilter", "ns", Optional.empty(), "no load: E2BIG"));
    }
}
