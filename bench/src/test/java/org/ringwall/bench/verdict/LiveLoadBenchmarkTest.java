// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Packaged;
import org.ringwall.bench.report.Figure;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;

@KernelTest
class LiveLoadBenchmarkTest {
    private static final Checkout CHECKOUT = new Checkout(GoldenCase.projectRoot());
    private static final Effort LEAST = new Effort(1, 1, 1, 1_000, 1, 1, Duration.ofSeconds(60));

    @Test
    void bothLoadTheList() {
        Packaged.assumeCommand(CHECKOUT);
        Optional<Path> clang = Checkout.clang();
        assumeTrue(clang.isPresent(), "there is no clang");
        List<Figure> figures = new LiveLoadBenchmark(CHECKOUT, LEAST, clang.orElseThrow()).run();
        assertThat(figures)
                .extracting(Figure::contestant)
                .containsExactly(LiveLoadBenchmark.COMMAND, LiveLoadBenchmark.MAP_COMMAND);
        assertThat(figures)
                .allSatisfy(figure ->
                        assertThat(figure.value().orElseThrow().median()).isPositive());
    }
}
