// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Packaged;
import org.ringwall.bench.report.Figure;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;

@KernelTest
class EventsBenchmarkTest {
    private static final Checkout CHECKOUT = new Checkout(GoldenCase.projectRoot());
    private static final int BURSTS = 2;

    @Test
    void everyRecordOfEachBurstIsRead() {
        Packaged.assumeCommand(CHECKOUT);
        List<Figure> figures = new EventsBenchmark(CHECKOUT, (long) BURSTS * EventsBenchmark.BURST).run();
        assertThat(figures.stream().map(Figure::workload))
                .containsExactly(
                        "events-read",
                        "events-first",
                        "events-whole",
                        "events-deny",
                        "events-record",
                        "events-line",
                        "events-memory");
        assertThat(figures)
                .allSatisfy(figure -> assertThat(figure.value().orElseThrow().median())
                        .as(figure.workload())
                        .isPositive());
    }
}
