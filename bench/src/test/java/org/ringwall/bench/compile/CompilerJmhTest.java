// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.compile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CompilerJmhTest {
    @Test
    void theMeasuredCompilationSucceeds() {
        CompilerJmh benchmark = new CompilerJmh();
        for (int prefixes : new int[] {0, 1_000}) {
            benchmark.prefixes = prefixes;
            benchmark.write();
            assertThat(benchmark.compile().size()).isPositive();
        }
    }

    /**
     * If the annotation processor has not run, this resource is missing and JMH finds no benchmark.
     */
    @Test
    void jmhListsTheBenchmark() throws Exception {
        try (InputStream list = CompilerJmh.class.getResourceAsStream("/META-INF/BenchmarkList")) {
            assertThat(list).isNotNull().asString(StandardCharsets.UTF_8).contains("CompilerJmh");
        }
    }
}
