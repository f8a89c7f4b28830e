// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.places;

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

@KernelTest
class PlacesBenchmarkTest {
    private static final Checkout CHECKOUT = new Checkout(GoldenCase.projectRoot());
    private static final Effort LEAST = new Effort(1, 1, 1, 10, 1, 1, Duration.ofSeconds(60));

    @Test
    void everyCommandIsMeasured() {
        Packaged.assumeCommand(CHECKOUT);
        List<Figure> figures = new PlacesBenchmark(CHECKOUT, LEAST).run();
        assertThat(figures.stream().map(figure -> figure.workload() + " " + figure.size()))
                .containsExactly(
                        "places-start 10",
                        "places-apply 10",
                        "places-upgrade 10",
                        "places-status 10",
                        "places-remove 10");
        assertThat(figures)
                .allSatisfy(figure -> assertThat(figure.value().orElseThrow().median())
                        .as(figure.workload())
                        .isPositive());
    }
}
