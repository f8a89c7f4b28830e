// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Summary;
import org.ringwall.bench.field.Ringwall;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

@KernelTest
@ToolTest("clang-19|clang")
class ReadyBenchmarkTest {
    private static final Checkout CHECKOUT = new Checkout(GoldenCase.projectRoot());
    private static final Effort LEAST = new Effort(1, 1, 1, 10, 1, 1, Duration.ofSeconds(60));

    @Test
    void everyContestantComesIntoForce() {
        assumeTrue(
                Files.isDirectory(CHECKOUT.file("runtime-loader/target/lib")), "mvn package has not left bin/ringwall");
        try (ReadyBenchmark benchmark =
                new ReadyBenchmark(CHECKOUT, LEAST, Checkout.clang().orElseThrow())) {
            SortedMap<Integer, Map<String, Summary>> times = benchmark.run();
            assertThat(times).containsOnlyKeys(10);
            Map<String, Summary> byName = times.getOrDefault(10, Map.of());
            assertThat(byName)
                    .containsOnlyKeys(
                            Ringwall.TITLE, ReadyBenchmark.TRIE, ReadyBenchmark.COMMAND, ReadyBenchmark.TRIE_COMMAND);
            byName.forEach((name, ms) -> assertThat(ms.median()).as(name).isPositive());
            assertThat(benchmark.table().rows()).hasSize(4);
        }
    }
}
