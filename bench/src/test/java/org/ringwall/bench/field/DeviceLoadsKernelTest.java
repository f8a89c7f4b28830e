// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.rules.DeviceRules;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test of the number of instructions that the verifier processes for programs on devices, as the
 * loader applies them.
 */
@KernelTest
class DeviceLoadsKernelTest {
    @BeforeEach
    void requireProcessedInstructions() {
        RunningKernel.needs(5, 16, "verified_insns");
    }

    @Test
    void defaultsOfRuntimes() {
        assertThat(processed(DeviceRules.ofRunc())).as("runc").isLessThanOrEqualTo(50);
        assertThat(processed(DeviceRules.ofDocker())).as("Docker").isLessThanOrEqualTo(50);
        assertThat(processed(DeviceRules.ofCrun())).as("crun").isLessThanOrEqualTo(50);
    }

    @Test
    void aThousandDevices() {
        assertThat(processed(DeviceRules.drawn(1_000, new SplittableRandom(1)))).isLessThanOrEqualTo(60);
    }

    private static int processed(DeviceRules rules) {
        try (ChildCgroup cgroup = ChildCgroup.make();
                Enforced enforced = Enforced.on(
                        cgroup,
                        Compiler.compile(new SourceFile("devices.wall", rules.policy()), Settings.DEFAULT)
                                .compilation()
                                .orElseThrow()
                                .object(),
                        Map.of())) {
            int walked = Objects.requireNonNull(enforced.programs().get(Hook.DEVICE))
                    .processed()
                    .orElseThrow();
            System.out.println(rules.size() + " device rules: " + walked + " walked");
            return walked;
        }
    }
}
