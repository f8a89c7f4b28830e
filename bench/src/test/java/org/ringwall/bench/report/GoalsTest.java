// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GoalsTest {
    private static Figure ns(String workload, int size, String contestant, double ns) {
        return new Figure(workload, size, contestant, "ns", ns);
    }

    private static List<String> rows(Figure... figures) {
        return table(figures).rows().stream()
                .map(row -> String.join(" | ", row))
                .toList();
    }

    private static Table table(Figure... figures) {
        return new Goals(new Results().add(List.of(figures)), Set.of("ports", "prefixes-v4")).table();
    }

    @Test
    void listsHaveGoalsAgainstRivalsAndMaps() {
        assertThat(rows(
                        ns("prefixes-v4", 10, "ringwall", 7),
                        ns("prefixes-v4", 10, "clang v3 search", 10),
                        ns("prefixes-v4", 10, "LPM trie", 19),
                        ns("ports", 500, "ringwall", 8),
                        ns("ports", 500, "hash map", 11)))
                .containsExactly(
                        "prefixes-v4 10: ns | clang v3 search | 0.70 | 0.70 | yes",
                        "prefixes-v4 10: ns | LPM trie | 0.37 | 0.35 | no",
                        "ports 500: ns | hash map | 0.73 | 0.70 | no",
                        "ports 500: ns | hash map | 0.73 | 0.35 | no");
    }

    @Test
    void lessThanANanosecondCountsAsOne() {
        assertThat(rows(ns("ports", 2, "ringwall", 0.1), ns("ports", 2, "clang v3", 1.25)))
                .containsExactly("ports 2: ns | clang v3 | 0.80 | 0.70 | no");
    }

    @Test
    void listsHaveALimitOfInstructions() {
        assertThat(rows(
                        new Figure("ports", 2, "ringwall", "insns", 300),
                        new Figure("ports", 500, "ringwall", "insns", 301),
                        new Figure("ports", 500, "bpfilter", "insns", 4_000)))
                .containsExactly("ports 2: insns | – | 300 | 300 | yes", "ports 500: insns | – | 301 | 300 | no");
    }

    @Test
    void ourFailureMissesAGoalAndARivalsSetsNone() {
        Optional<Summary> none = Optional.empty();
        assertThat(rows(
                        new Figure("ports", 2, "ringwall", "ns", none, "no load"),
                        ns("ports", 2, "clang v3", 5),
                        ns("ports", 10, "ringwall", 5),
                        new Figure("ports", 10, "hash map", "ns", none, "no load")))
                .containsExactly("ports 2: ns | clang v3 | – | 0.70 | no");
    }

    @Test
    void stateIsComparedWithTheRivalOfItsGoal() {
        assertThat(rows(
                        ns("state-redirect table", 10, "ringwall", 66),
                        ns("state-redirect table", 10, "clang v3 hash origin", 60),
                        ns("state-redirect table", 10, "clang v3 hash", 10),
                        ns("state-sock-ops reply", 0, "ringwall", 3),
                        ns("state-sock-ops reply", 0, "clang v3", 6),
                        ns("state-none connect", 0, "ringwall", 4),
                        ns("state-none connect", 0, "ringwall, others keep", 5)))
                .containsExactly(
                        "state-redirect table 10: ns | clang v3 hash origin | 1.10 | 1 | no",
                        "state-sock-ops reply: ns | clang v3 | 0.50 | 1 | yes",
                        "state-none connect: ns | ringwall | 1.25 | 1 | no");
    }

    @Test
    void manyPrefixesHaveATimeLimit() {
        assertThat(rows(
                        new Figure("compile-prefixes", 100_000, "ringwallc", "ms", 1_500),
                        new Figure("compile-prefixes", 1_000, "ringwallc", "ms", 2_000),
                        new Figure("ready-command", 100_000, "ringwall, command", "ms", 1_501)))
                .containsExactly(
                        "compile-prefixes 100000: ms | – | 1500 | 1500 | yes",
                        "ready-command 100000: ms | – | 1501 | 1500 | no");
    }

    @Test
    void commandsOnAHostHaveLimitsAtSomeSizes() {
        assertThat(rows(
                        new Figure("host status", 1_000, "ringwall, command", "cpu ms", 9_000),
                        new Figure("host status", 10_000, "ringwall, command", "cpu ms", 2_001),
                        new Figure("host status", 10_000, "ringwall, command", "MiB", 500),
                        new Figure("host status", 10_000, "ringwall, command of before", "cpu ms", 5_000),
                        new Figure("host container", 1_000, "ringwall, command", "MiB", 96)))
                .containsExactly(
                        "host status 10000: cpu ms | – | 2001 | 2000 | no",
                        "host container 1000: MiB | – | 96 | 96 | yes");
    }

    @Test
    void samplesAreComparedWithCThatHasAControlWord() {
        assertThat(rows(
                        new Figure("samples-one connect4", 0, "ringwall", "insns", 10),
                        new Figure("samples-one connect4", 0, "clang v3", "insns", 1),
                        new Figure("samples-one connect4", 0, "clang v3 word", "insns", 20),
                        new Figure("samples-two device", 0, "ringwall", "insns", 40),
                        new Figure("samples-two device", 0, "clang v3 word", "insns", 20),
                        ns("samples-two device", 0, "ringwall", 3),
                        ns("samples-two device", 0, "clang v3 word", 4)))
                .containsExactly(
                        "samples, geometric mean of programs: insns | clang v3 word | 1 | 0.95 | no",
                        "samples, geometric mean of programs: ns | clang v3 word | 0.75 | 1 | yes");
    }

    @Test
    void ourWrongVerdictsMissTheGoal() {
        Table table = table(
                new Figure("ports", 2, "ringwall", "wrong", Summary.same(0, 100)),
                new Figure("ports", 10, "ringwall", "wrong", Summary.same(3, 50)),
                new Figure("ports", 10, "bpfilter", "wrong", Summary.same(7, 50)));
        assertThat(table.rows()).containsExactly(List.of("wrong verdicts and effects of 150", "–", "3", "0", "no"));
        assertThat(table.method()).endsWith("1 of 1 missed");
    }
}
