// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.object.PolicyObject;

/** The memory of the samples' maps on hosts with many possible CPUs. */
class SampleMapsTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 256, 1024})
    void everySampleFits(int cpus) {
        for (Path sample : Samples.all()) {
            assertThatCode(() -> PolicyObject.checkMaps(Samples.compile(sample).object(), cpus))
                    .as("%s", sample)
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void theMessageSaysWhatToReduce() {
        String policy = "policy p\n"
                + "counter flows [remote.ip, remote.port] { packets: packets, bytes: bytes, last: time } max 30_000\n"
                + "packets egress { default allow { count flows } }\n";
        assertThatThrownBy(() -> PolicyObject.checkMaps(
                        Samples.compileWithWarnings("p.wall", policy).object(), 1024))
                .isInstanceOfSatisfying(
                        InputException.class,
                        e -> assertThat(e.help())
                                .contains("reduce the entries of `counter_flows`, such as `max` of a counter or a set")
                                .endsWith("it has a value for each possible CPU"))
                .hasMessageContaining(" bytes on this host with 1024 possible CPUs, ");
    }
}
