// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Packaged;
import org.ringwall.bench.report.Figure;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

@KernelTest
@ToolTest("clang-19|clang")
class ReadyBenchmarkTest {
    private static final Checkout CHECKOUT = new Checkout(GoldenCase.projectRoot());
    private static final Effort LEAST = new Effort(1, 1, 1, 10, 1, 1, Duration.ofSeconds(60));

    @Test
    void everyContestantIsPutInForce() {
        Packaged.assumeCommand(CHECKOUT);
        try (ReadyBenchmark benchmark =
                new ReadyBenchmark(CHECKOUT, LEAST, Checkout.clang().orElseThrow())) {
            List<Figure> figures = benchmark.run();
            assertThat(figures.stream()
                            .map(figure -> figure.workload() + " " + figure.size() + " " + figure.contestant()))
                    .containsExactly(
                            "ready 10 ringwall",
                            "ready 10 LPM trie",
                            "ready-command 10 ringwall, command",
                            "ready-command 10 LPM trie, command");
            assertThat(figures)
                    .allSatisfy(
                            figure -> assertThat(figure.value().orElseThrow().median())
                                    .as(figure.contestant())
                                    .isPositive());
        }
    }
}
