// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.Summary;
import org.ringwall.bench.field.Contestant;
import org.ringwall.bench.field.Workload;
import org.ringwall.bench.verdict.Cell;
import org.ringwall.bench.verdict.ProgramStats;
import org.ringwall.bpf.kernel.Hook;

class VerdictGoalsTest {
    private static final Map<Hook, Integer> PROLOGUES = Map.of(Hook.CONNECT4, 18, Hook.DEVICE, 20);

    private static Cell cell(Workload workload, int size, String contestant, double ns, int insns, int processed) {
        Summary flat = Summary.of(List.of(ns));
        return new Cell(
                workload,
                size,
                contestant,
                new Cell.Measured(
                        flat,
                        flat,
                        flat,
                        new ProgramStats(insns, 2 * insns, processed, 1, 1),
                        new Cell.Costs(1, 1, 8),
                        OptionalDouble.empty(),
                        100,
                        insns == 999 ? 3 : 0));
    }

    private static Cell failed(Workload workload, int size, String contestant) {
        return new Cell(workload, size, contestant, new Cell.Failed("no load", "too long"));
    }

    private static List<String> rows(List<Cell> cells) {
        return Held.table(VerdictGoals.of(cells, PROLOGUES)).rows().stream()
                .map(row -> String.join(" | ", row))
                .toList();
    }

    @Test
    void nanosecondsAreHeldToTheRivalsAndInstructionsToThePrologue() {
        assertThat(rows(List.of(
                        cell(Workload.PORTS, 2, "ringwall", 1.5, 28, 12),
                        cell(Workload.PORTS, 2, "clang v3 switch", 6, 11, 11),
                        cell(Workload.PORTS, 500, "ringwall", 9, 34, 12),
                        cell(Workload.PORTS, 500, "clang v3 switch", 30, 1_000, 11))))
                .containsExactly(
                        "ports 2: ns | clang v3 switch | 1.5 | 6.0 | 0.25 | 0.50 | yes",
                        "ports 2: instructions beyond the prologue | prologue | 28 | 18 | 10 | 10 | yes",
                        "ports 500: ns | clang v3 switch | 9.0 | 30.0 | 0.30 | 0.15 | no",
                        "ports 500: instructions beyond the prologue | prologue | 34 | 18 | 16 | 15 | no",
                        "wrong verdicts of 200 | – | 0 | – | 0 | 0 | yes");
    }

    @Test
    void aMillionPrefixesAreHeldToo() {
        assertThat(rows(List.of(
                        cell(Workload.PREFIXES4, 1_000_000, "ringwall", 500, 999, 300),
                        cell(Workload.PREFIXES4, 1_000_000, "LPM trie", 2_000, 15, 14))))
                .containsExactly(
                        "prefixes-v4 1000000: ns | LPM trie | 500.0 | 2000.0 | 0.25 | 0.25 | yes",
                        "prefixes-v4 1000000: instructions | – | 999 | – | 999 | 300 | no",
                        "prefixes-v4 1000000: processed | – | 300 | – | 300 | 300 | yes",
                        "wrong verdicts of 100 | – | 3 | – | 3 | 0 | no");
    }

    @Test
    void devicesAreHeldByThemselves() {
        assertThat(rows(List.of(
                        cell(Workload.DEVICES, 1_000, "ringwall", 10.2, 45, 61),
                        cell(Workload.DEFAULTS_RUNC, 11, "ringwall", 3, 44, 50))))
                .containsExactly(
                        "defaults-runc 11: instructions beyond the prologue | prologue | 44 | 20 | 24 | 24 | yes",
                        "defaults-runc 11: processed | – | 50 | – | 50 | 50 | yes",
                        "devices 1000: instructions | – | 45 | – | 45 | 45 | yes",
                        "devices 1000: processed | – | 61 | – | 61 | 60 | no",
                        "devices 1000: ns over the floor | – | 10.2 | – | 10.2 | 10.0 | no",
                        "wrong verdicts of 200 | – | 0 | – | 0 | 0 | yes");
    }

    @Test
    void tuplesAreHeldToTheInstructionsOfBpfilter() {
        assertThat(rows(List.of(
                        cell(Workload.SHARED_PORTS, 1_000, "ringwall", 30, 400, 3_001),
                        cell(Workload.SHARED_PORTS, 1_000, "bpfilter", 900, 4_000, 5_000))))
                .containsExactly(
                        "tuples-shared-ports 1000: instructions | bpfilter | 400 | 4000 | 0.10 | 0.10 | yes",
                        "tuples-shared-ports 1000: processed | – | 3001 | – | 3001 | 3000 | no",
                        "wrong verdicts of 100 | – | 0 | – | 0 | 0 | yes");
    }

    @Test
    void whoeverFailsIsSaid() {
        assertThat(rows(List.of(
                        failed(Workload.ADDRESSES, 1_000, "ringwall"),
                        cell(Workload.ADDRESSES, 1_000, "hash map", 60, 20, 20),
                        cell(Workload.PACKETS, 3, "ringwall", 7, 70, 70),
                        failed(Workload.PACKETS, 3, "systemd 257"))))
                .containsExactly(
                        "addresses 1000: ns | hash map | no load | – | – | 0.08 | no",
                        "packets 3: ns | systemd 257 | 7.0 | no load | – | 0.15 | –",
                        "wrong verdicts of 100 | – | 0 | – | 0 | 0 | yes");
        assertThat(rows(List.of())).isEmpty();
    }

    @Test
    void prologuesAreAskedForWhereTheyAreHeldTo() {
        assertThat(VerdictGoals.prologues(List.of(
                        cell(Workload.PORTS, 500, "ringwall", 1, 1, 1),
                        cell(Workload.DEVICES, 1_000, "ringwall", 1, 1, 1),
                        cell(Workload.DEFAULTS_CRUN, 13, "ringwall", 1, 1, 1))))
                .containsExactlyInAnyOrder(Hook.CONNECT4, Hook.DEVICE);
        assertThat(VerdictGoals.prologues(List.of(cell(Workload.PREFIXES4, 10, "ringwall", 1, 1, 1))))
                .isEmpty();
    }

    @Test
    void everyGoalIsOfASizeAndARivalThatThereIs() {
        List<Cell> all = new ArrayList<>();
        for (Workload workload : Workload.values()) {
            for (int size : workload.sizes()) {
                all.add(cell(workload, size, "ringwall", 1, 28, 10));
                workload.rivals().stream()
                        .map(Contestant::title)
                        .forEach(title -> all.add(cell(workload, size, title, 100, 1_000, 10)));
            }
        }
        // 18 ratios of ns, 5 caps beyond the prologue, 12 of prefixes, 3 of devices, 3 of processed
        // instructions for defaults, 4 ratios of instructions and 4 caps of processed ones for
        // tuples, and the verdicts.
        assertThat(VerdictGoals.of(all, PROLOGUES))
                .hasSize(18 + 4 + 5 + 12 + 3 + 3 + 4 + 1)
                .allMatch(held -> held.met().equals("yes"));
    }
}
