// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Packaged;
import org.ringwall.bench.report.Figure;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;

@KernelTest
class HostBenchmarkTest {
    private static final Checkout CHECKOUT = new Checkout(GoldenCase.projectRoot());
    private static final Effort LEAST = new Effort(1, 1, 1, 100, 1, 1, Duration.ofSeconds(60));

    @Test
    void everyCommandIsMeasured() {
        Packaged.assumeCommand(CHECKOUT);
        List<Figure> figures = new HostBenchmark(CHECKOUT, Map.of(), LEAST).run();
        assertThat(figures.stream()
                        .filter(figure -> !figure.unit().equals("MiB"))
                        .map(figure -> figure.workload() + " " + figure.size()))
                .containsExactly(
                        "host run 0",
                        "host start 100",
                        "host apply 100",
                        "host status 100",
                        "host join 100",
                        "host upgrade 100",
                        "host remove 100",
                        "host container 100",
                        "host live-fill 1000",
                        "host live-replace 1000",
                        "host live-upgrade 1000",
                        "host events 100000");
        assertThat(figures)
                .allSatisfy(figure -> assertThat(figure.value().orElseThrow().median())
                        .as(figure.workload())
                        .isPositive());
    }
}
