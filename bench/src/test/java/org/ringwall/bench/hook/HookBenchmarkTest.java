// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.hook;

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
@ToolTest({"podman", "runc", "busybox"})
class HookBenchmarkTest {
    private static final Checkout CHECKOUT = new Checkout(GoldenCase.projectRoot());
    private static final Effort LEAST = new Effort(1, 1, 1, 10, 1, 1, Duration.ofSeconds(60));

    @Test
    void everyHookIsMeasuredBesideTheOneWithoutEffect() {
        Packaged.assumeCommand(CHECKOUT);
        List<Figure> figures = new HookBenchmark(CHECKOUT, LEAST).run();
        assertThat(figures)
                .extracting(figure -> figure.contestant() + ": " + figure.unit())
                .containsExactly(
                        "no-op: ms",
                        "ringwall, agent: ms",
                        "ringwall, agent: added ms",
                        "ringwall, without agent: ms",
                        "ringwall, without agent: added ms");
        assertThat(figures).allSatisfy(figure -> assertThat(figure.value()).isPresent());
        assertThat(figures.get(4).value().orElseThrow().median()).isPositive();
    }
}
