// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.compile;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bench.field.Workload;
import org.ringwall.bpf.object.ObjectReader;

class CompilerProcessTest {
    @TempDir
    Path folder;

    @Test
    void compilesReportsErrorsAndTimesOut() throws Exception {
        Path policy = folder.resolve("policy.wall");
        Path object = folder.resolve("policy.o");
        try (CompilerProcess patient = new CompilerProcess(Duration.ofSeconds(60))) {
            Files.writeString(policy, Workload.PORTS.rules(2).policy());
            CompilerProcess.Answer answer = patient.compile(policy, object);
            assertThat(answer.failure()).isEmpty();
            assertThat(answer.ms()).isPositive();
            assertThat(ObjectReader.read(Files.readAllBytes(object)).programs()).hasSize(1);
            Files.writeString(policy, "policy p\non connect4 {\n  allow if remote.prot == 1\n  default deny\n}\n");
            assertThat(patient.compile(policy, object).failure())
                    .hasValueSatisfying(why -> assertThat(why).contains("prot"));
        }
        try (CompilerProcess hasty = new CompilerProcess(Duration.ofMillis(1))) {
            Files.writeString(policy, Workload.PREFIXES4.rules(1_000).policy());
            assertThat(hasty.compile(policy, object).failure())
                    .hasValueSatisfying(why -> assertThat(why).startsWith("not done"));
        }
    }
}
