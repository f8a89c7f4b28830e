// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Scratch;
import org.ringwall.bench.field.Lineup;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/**
 * A test of every case of every workload with the least effort: times are not checked, but
 * verdicts, counts, records and destinations are.
 */
@KernelTest
@ToolTest({"clang-19|clang", "bpftool"})
class StateBenchmarkTest {
    private static final int MOST = 100;
    private static final Effort LEAST = new Effort(1, 600, 1, MOST, 1, 1, Duration.ofSeconds(60));

    /** The calls of a warm-up round and a measured one. */
    private static final int CALLS = 2 * 600;

    private final Scratch scratch = new Scratch();

    @AfterEach
    void nothingIsLeft() throws Exception {
        scratch.close();
        try (Stream<Path> pins = Files.list(Path.of("/sys/fs/bpf"))) {
            String own = "ringwall-bench-" + ProcessHandle.current().pid() + "-";
            assertThat(pins.filter(pin -> pin.getFileName().toString().startsWith(own)))
                    .isEmpty();
        }
    }

    private List<StateFigure> run(StateWorkload workload) {
        Checkout checkout = new Checkout(GoldenCase.projectRoot());
        List<StateFigure> figures = new StateBenchmark(
                        checkout, LEAST, Lineup.ALL, Checkout.clang().orElseThrow(), scratch.folder())
                .run(workload, progress -> {});
        int expected = workload.cases(MOST).stream()
                .mapToInt(one -> one.sides().size())
                .sum();
        assertThat(figures).hasSize(expected);
        for (StateFigure figure : figures) {
            assertThat(figure.wrong()).as(figure.toString()).isZero();
            assertThat(figure.checked()).as(figure.toString()).isPositive();
        }
        return figures;
    }

    private static Set<String> subjects(List<StateFigure> figures) {
        return figures.stream()
                .map(figure -> figure.size() == 0 ? figure.kind() : figure.kind() + " " + figure.size())
                .collect(Collectors.toSet());
    }

    @Test
    void everyContestantCountsEveryConnect() {
        for (StateFigure figure : run(StateWorkload.COUNT_CONSTANT)) {
            assertThat(figure.calls()).isEqualTo(100 + CALLS);
            assertThat(figure.effects()).as(figure.contestant()).isEqualTo(figure.calls());
        }
    }

    @Test
    void everyContestantCountsEveryDestination() {
        List<StateFigure> figures = run(StateWorkload.COUNT_KEYED);
        assertThat(subjects(figures)).containsExactlyInAnyOrder("keys 1", "keys 100");
        for (StateFigure figure : figures) {
            assertThat(figure.calls()).isEqualTo(figure.size() + CALLS);
            assertThat(figure.effects()).as(figure.contestant()).isEqualTo(figure.calls());
        }
    }

    @Test
    void everyConnectionIsCountedAtBothEnds() {
        for (StateFigure figure : run(StateWorkload.COUNT_SOCK_OPS)) {
            assertThat(figure.calls()).isEqualTo((long) figure.size() * CALLS / StateCalls.CHEAPER);
            assertThat(figure.effects()).as(figure.contestant()).isEqualTo(2 * figure.calls());
        }
    }

    @Test
    void everyContestantCountsEveryPacket() {
        List<StateFigure> figures = run(StateWorkload.COUNT_PACKETS);
        assertThat(subjects(figures)).containsExactlyInAnyOrder("alone", "firewall");
        for (StateFigure figure : figures) {
            assertThat(figure.calls()).isEqualTo(100 + CALLS);
            assertThat(figure.effects()).as(figure.contestant()).isEqualTo(figure.calls());
        }
    }

    @Test
    void everyContestantFindsTheEntriesOfTheSet() {
        assertThat(subjects(run(StateWorkload.LIVE_SET)))
                .contains("addresses hit 10", "prefixes miss 100", "ports hit 100")
                .hasSize(12);
    }

    @Test
    void bucketsHaveTheExpectedTokens() {
        assertThat(subjects(run(StateWorkload.RATE)))
                .containsExactlyInAnyOrder("one, tokens", "one, spent", "keyed, tokens", "keyed, spent");
    }

    @Test
    void everyDenialIsLoggedOrSuppressed() {
        for (StateFigure figure : run(StateWorkload.LOG)) {
            boolean each = figure.kind().equals("each");
            assertThat(figure.effects())
                    .as(figure.toString())
                    .isBetween(each ? figure.calls() : 1, each ? figure.calls() : figure.calls() / 10);
        }
    }

    @Test
    void everySocketIsRedirectedToItsTarget() {
        assertThat(subjects(run(StateWorkload.REDIRECT))).containsExactlyInAnyOrder("literal", "table 10");
    }

    @Test
    void socketOptionsAndSockOpsRepliesAreSet() {
        assertThat(subjects(run(StateWorkload.SOCK_OPS))).containsExactlyInAnyOrder("setsockopt", "reply");
    }

    @Test
    void assignedOptionValuesAreSetAndReturned() {
        assertThat(subjects(run(StateWorkload.SOCKOPT))).containsExactlyInAnyOrder("optval", "optval and optlen");
    }

    @Test
    void theAssignedSysctlValueIsWritten() {
        assertThat(subjects(run(StateWorkload.SYSCTL))).containsExactly("new value");
    }

    @Test
    void monitoredRequestsAreCountedAndAllowed() {
        List<StateFigure> figures = run(StateWorkload.MONITOR);
        assertThat(subjects(figures)).containsExactlyInAnyOrder("in force", "watched");
        for (StateFigure figure : figures) {
            assertThat(figure.effects()).as(figure.toString()).isEqualTo(figure.calls());
        }
    }

    @Test
    void stateAtOtherHooksAddsNoCostToAVerdict() {
        List<StateFigure> figures = run(StateWorkload.NONE);
        StateFigure alone = figures.get(0);
        StateFigure beside = figures.get(1);
        assertThat(beside.contestant()).isEqualTo("ringwall, others keep");
        assertThat(beside.program().xlated()).isEqualTo(alone.program().xlated());
        assertThat(beside.program().jited()).isEqualTo(alone.program().jited());
        assertThat(beside.maps()).as("the control word and .rodata").isEqualTo(2);
        assertThat(alone.maps()).isEqualTo(2);
    }
}
