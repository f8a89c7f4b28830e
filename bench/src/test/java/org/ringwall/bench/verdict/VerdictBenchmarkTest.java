// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.calibrate.Calibration;
import org.ringwall.bench.field.Contestant;
import org.ringwall.bench.field.Image;
import org.ringwall.bench.field.Lineup;
import org.ringwall.bench.field.PlainProgram;
import org.ringwall.bench.field.Workload;
import org.ringwall.bench.report.Figure;
import org.ringwall.bench.rules.Key;
import org.ringwall.bench.rules.RuleList;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.cgroup.KernelCgroups;
import org.ringwall.sys.Host;
import org.ringwall.sys.Syscalls;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;

/**
 * A test of every workload at its smallest size with the least effort: times are not checked, but
 * verdicts are.
 */
@KernelTest
class VerdictBenchmarkTest {
    private static final Checkout CHECKOUT = new Checkout(GoldenCase.projectRoot());
    private static final Effort LEAST = new Effort(3, 50, 64, 1_000, 1, 1, Duration.ofSeconds(60));

    @Test
    void everyContestantDecidesAsTheRulesAndCleansUp() throws IOException {
        Set<String> before = leftovers();
        try (VerdictBenchmark benchmark = new VerdictBenchmark(CHECKOUT, LEAST, Lineup.ALL)) {
            for (Workload workload : Workload.values()) {
                List<Cell> cells = benchmark.run(workload, workload.sizes().get(0));
                assertThat(cells.stream().map(Cell::contestant))
                        .containsExactlyElementsOf(Lineup.ALL.contestants(workload).stream()
                                .map(Contestant::title)
                                .toList());
                cells.forEach(VerdictBenchmarkTest::isSound);
            }
        }
        assertThat(leftovers()).isEqualTo(before);
    }

    private static void isSound(Cell cell) {
        if (cell.outcome() instanceof Cell.Failed failed) {
            // A trie cannot express an order of rules; without clang there are no C programs.
            assertThat(failed.stage()).as("%s", cell).isIn("cannot say it", "not there");
            assertThat(failed.stage().equals("not there") && Checkout.clang().isPresent())
                    .as("%s", cell)
                    .isFalse();
            return;
        }
        Cell.Measured measured = (Cell.Measured) cell.outcome();
        assertThat(measured.wrong()).as("%s", cell).isZero();
        // A program that takes long to apply is not moved.
        boolean moves = measured.costs().readyMs() < VerdictBenchmark.LONG_MS;
        assertThat(measured.verdicts()).as("%s", cell).isEqualTo((moves ? 3 : 1) * 128);
        assertThat(measured.program().xlated()).as("%s", cell).isPositive();
        assertThat(measured.program().processed()).as("%s", cell).isPositive();
        assertThat(measured.costs().loadMs()).as("%s", cell).isPositive();
        assertThat(measured.costs().readyMs()).as("%s", cell).isGreaterThan(0);
    }

    @Test
    void aFailedRivalIsNotTriedWithMoreRules() {
        Lineup runc = new Lineup(List.of(), java.util.Optional.of("runc"));
        try (VerdictBenchmark benchmark = new VerdictBenchmark(CHECKOUT, LEAST, runc)) {
            // More instructions than the verifier processes.
            assertThat(benchmark.run(Workload.DEVICES, 700).get(1).outcome())
                    .isInstanceOfSatisfying(
                            Cell.Failed.class, cell -> assertThat(cell.stage()).isEqualTo("no load: E2BIG"));
            List<Cell> cells = benchmark.run(Workload.DEVICES, 1_000);
            assertThat(cells.get(0).outcome()).isInstanceOf(Cell.Measured.class);
            assertThat(cells.get(1).outcome()).isInstanceOfSatisfying(Cell.Failed.class, cell -> {
                assertThat(cell.stage()).isEqualTo("not tried");
                assertThat(cell.why()).startsWith("with 700 rules no load: E2BIG");
            });
        }
    }

    @Test
    void wrongVerdictsAreCounted() throws Exception {
        RuleList rules = Workload.PORTS.rules(2);
        List<Key> keys = List.of(
                rules.keys(true, 1, new java.util.SplittableRandom(1)).get(0),
                rules.keys(false, 1, new java.util.SplittableRandom(1)).get(0));
        Placed placed = new Placed();
        InForce.Attached floor = placed.put(Image.of(PlainProgram.floor(Hook.CONNECT4)), Hook.CONNECT4);
        InForce.Attached wall =
                placed.put(Image.of(PlainProgram.listing(Hook.CONNECT4, "r0 = 0\nexit\n")), Hook.CONNECT4);
        try (DriverProcess driver = new DriverProcess()) {
            int set = driver.keys("keys", keys);
            assertThat(new Runner("floor", floor, driver, 1).wrong(set, keys, rules::allows))
                    .isEqualTo(1);
            assertThat(new Runner("wall", wall, driver, 1).wrong(set, keys, rules::allows))
                    .isEqualTo(1);
            assertThat(new Runner("wall", wall, driver, 1).wrong(set, keys, key -> false))
                    .isZero();
        } finally {
            placed.clear();
        }
    }

    @Test
    void aRejectedProgramIsReportedAndLeavesNothing() throws IOException {
        Set<String> before = leftovers();
        Image image = Image.of(PlainProgram.listing(Hook.CONNECT4, "r0 = 7\nexit\n"));
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> new Placed().put(image, Hook.CONNECT4))
                .isInstanceOfSatisfying(org.ringwall.bench.field.Refusal.class, refusal -> {
                    assertThat(refusal.stage()).startsWith("no load");
                    assertThat(refusal.why()).contains("R0");
                });
        assertThat(leftovers()).isEqualTo(before);
    }

    @Test
    void tooComplexProgramsAreNotVerifiedAgainForALog() {
        // A loop of more than a million steps.
        Image image = Image.of(
                PlainProgram.listing(Hook.CONNECT4, "r1 = 2000000\nr1 += -1\nif r1 != 0x0 goto pc-2\nr0 = 1\nexit\n"));
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> new Placed().put(image, Hook.CONNECT4))
                .isInstanceOfSatisfying(org.ringwall.bench.field.Refusal.class, refusal -> {
                    assertThat(refusal.stage()).isEqualTo("no load: E2BIG");
                    assertThat(refusal.why()).endsWith("more than a million instructions");
                });
    }

    @Test
    void everyPrimitiveHasACost() {
        List<Figure> figures = new Calibration(LEAST).figures();
        assertThat(figures).allSatisfy(figure -> assertThat(figure.note()).isEmpty());
        List<String> prices = figures.stream()
                .filter(figure -> figure.unit().equals("ns"))
                .map(figure -> figure.contestant().replaceFirst(", keys .*", ""))
                .toList();
        assertThat(prices).hasSize(71);
        assertThat(prices)
                .contains(
                        "context load",
                        "hash lookup, hit",
                        "table of 64 KiB, one load",
                        "look in a hash of intervals",
                        "level of a search tree",
                        "bpf_sysctl_set_new_value");
    }

    /** Returns cgroups and pins of this process. */
    private static Set<String> leftovers() throws IOException {
        long pid = ProcessHandle.current().pid();
        KernelCgroups cgroups = KernelCgroups.ofThisMachine(new Host(Syscalls.ofThisMachine()));
        try (Stream<Path> below = Files.list(cgroups.own().path());
                Stream<Path> pins = Files.list(Path.of("/sys/fs/bpf"))) {
            return Stream.concat(below, pins)
                    .map(Path::toString)
                    .filter(path ->
                            path.contains("ringwall-test-" + pid + "-") || path.contains("ringwall-bench-" + pid + "-"))
                    .collect(Collectors.toSet());
        }
    }
}
