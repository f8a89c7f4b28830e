// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Scratch;
import org.ringwall.bench.samples.Outcome;
import org.ringwall.bench.samples.SamplesBenchmark;
import org.ringwall.bench.state.StateBenchmark;
import org.ringwall.bench.state.StateFigure;
import org.ringwall.bench.state.StateWorkload;
import org.ringwall.bench.verdict.Cell;
import org.ringwall.bench.verdict.VerdictBenchmark;
import org.ringwall.compiler.cli.Ringwallc;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

class LineupTest {
    private static final Checkout CHECKOUT = new Checkout(GoldenCase.projectRoot());
    private static final Effort LEAST = new Effort(2, 50, 64, 100, 1, 1, Duration.ofSeconds(60));

    @TempDir
    Path folder;

    /** Creates another checkout as benchmarks see it; it runs this compiler. */
    @BeforeEach
    void other() throws IOException {
        Path command = Files.createDirectories(folder.resolve("old/bin")).resolve("ringwallc");
        Files.writeString(
                command,
                "#!/bin/sh\nexec '%s/bin/java' -cp '%s' %s \"$@\"\n"
                        .formatted(
                                System.getProperty("java.home"),
                                System.getProperty("java.class.path"),
                                Ringwallc.class.getName()));
        Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Lineup besideOld(Optional<String> only) {
        return Lineup.of(List.of(new Checkout(folder.resolve("old"))), only);
    }

    @Test
    void onlyContestantsWithAMatchingTitleTakePart() {
        assertThat(titles(Lineup.ALL)).startsWith("ringwall", "clang v1 switch").contains("bpfilter");
        assertThat(titles(besideOld(Optional.of("clang v3"))))
                .containsExactly("ringwall", "ringwall of old", "clang v3 switch");
    }

    private static List<String> titles(Lineup lineup) {
        return lineup.contestants(Workload.PORTS).stream()
                .map(Contestant::title)
                .toList();
    }

    @Test
    @KernelTest
    void anotherCompilersVerdictsAreMeasured() {
        Lineup lineup = besideOld(Optional.of("hash map"));
        try (VerdictBenchmark benchmark = new VerdictBenchmark(CHECKOUT, LEAST, lineup)) {
            List<Cell> cells = benchmark.run(Workload.PORTS, 2);
            assertThat(cells.stream().map(Cell::contestant)).startsWith("ringwall", "ringwall of old");
            assertThat(measured(cells.get(0)).program().xlated())
                    .isEqualTo(measured(cells.get(1)).program().xlated());
            assertThat(measured(cells.get(1)).wrong()).isZero();
        }
    }

    private static Cell.Measured measured(Cell cell) {
        return (Cell.Measured) cell.outcome();
    }

    @Test
    @KernelTest
    @ToolTest({"clang-19|clang", "bpftool"})
    void anotherCompilersSamplesAndStateAreMeasured() {
        Lineup lineup = besideOld(Optional.of("clang v3 array"));
        try (Scratch scratch = new Scratch()) {
            Path clang = Checkout.clang().orElseThrow();
            List<Outcome> outcomes = new SamplesBenchmark(CHECKOUT, LEAST, lineup, clang, scratch.folder())
                    .run(Set.of("first"), sample -> {});
            Outcome first = outcomes.get(0);
            assertThat(first.programs().stream().map(Outcome.Program::contestant))
                    .containsOnly("ringwall", "ringwall of old");
            assertThat(first.differing()).isEmpty();
            assertThat(first.verdicts()).isPositive();
            List<StateFigure> figures = new StateBenchmark(CHECKOUT, LEAST, lineup, clang, scratch.folder())
                    .run(StateWorkload.COUNT_CONSTANT, progress -> {});
            assertThat(figures.stream().map(StateFigure::contestant))
                    .containsExactly("ringwall", "ringwall of old", "clang v3 array");
            assertThat(figures).allSatisfy(figure -> assertThat(figure.wrong()).isZero());
        }
    }

    @Test
    void aCompilerThatFailsIsNamed() throws IOException {
        Files.writeString(folder.resolve("old/bin/ringwallc"), "#!/bin/sh\necho 'error: no'\nexit 1\n");
        OtherRingwall old = new OtherRingwall(new Checkout(folder.resolve("old")));
        assertThatThrownBy(() -> old.compiled("policy p\n"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("old: no");
    }
}
