// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.startup;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Packaged;
import org.ringwall.bench.report.Figure;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;

@KernelTest
class StartUpBenchmarkTest {
    private static final Checkout CHECKOUT = new Checkout(GoldenCase.projectRoot());
    private static final Effort LEAST = new Effort(1, 1, 1, 10, 1, 1, Duration.ofSeconds(60));

    @Test
    void everyCommandTakesLongerThanAnEmptyMain() {
        Packaged.assumeCommand(CHECKOUT);
        List<Figure> figures = new StartUpBenchmark(CHECKOUT, LEAST).run();
        Map<String, Double> times = figures.stream()
                .collect(Collectors.toMap(
                        Figure::contestant,
                        figure -> figure.value().orElseThrow().median()));
        assertThat(times)
                .containsKey(StartUpBenchmark.EMPTY)
                .containsKeys(StartUpBenchmark.COMMANDS.toArray(String[]::new));
        assertThat(times.get(StartUpBenchmark.EMPTY)).isPositive();
        assertThat(StartUpBenchmark.COMMANDS)
                .allSatisfy(name -> assertThat(times.get(name)).isGreaterThan(times.get(StartUpBenchmark.EMPTY)));
    }
}
