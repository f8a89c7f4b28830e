// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.conformance.differential.Differential;
import org.ringwall.conformance.differential.MachineMeaning;
import org.ringwall.conformance.generate.GeneratedPolicy;
import org.ringwall.conformance.generate.PolicyGenerator;
import org.ringwall.conformance.generate.RandomChoices;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test that every generated policy with state loads: its maps are created, the verifier accepts
 * its programs, and they are attached. No program has more paths than the verifier explores.
 */
@KernelTest
class GeneratedStateKernelTest {
    private static final int AT_LEAST = 80;

    @Test
    void theKernelLoadsGeneratedPoliciesWithState() {
        Differential run = Differential.ofProperties();
        int wanted = Integer.getInteger("ringwall.state.policies", Math.min(run.policies(), AT_LEAST));
        int loaded = 0;
        int tooLarge = 0;
        try (ChildCgroup cgroup = ChildCgroup.make()) {
            for (long seed = run.seed(); loaded < wanted; seed++) {
                GeneratedPolicy generated = PolicyGenerator.ofState(seed);
                KernelVersion floor = MachineMeaning.kernel(generated.policy());
                boolean runs = RunningKernel.atLeast(floor.major(), floor.minor());
                if (!runs || Enforced.refuses(generated.text())) {
                    continue;
                }
                try {
                    load(cgroup, generated, seed, floor);
                    loaded++;
                } catch (IllegalStateException e) {
                    if (!Differential.isTooLarge(e)) {
                        throw failed(seed, generated, e);
                    }
                    tooLarge++;
                } catch (RuntimeException e) {
                    throw failed(seed, generated, e);
                }
            }
        }
        System.out.println(loaded + " policies with state loaded");
        assertThat(tooLarge).as("policies that are too large").isLessThanOrEqualTo(1 + wanted / 20);
    }

    private static AssertionError failed(long seed, GeneratedPolicy generated, RuntimeException cause) {
        return new AssertionError("seed " + seed + ": " + cause.getMessage() + "\n" + generated.text(), cause);
    }

    private static void load(ChildCgroup cgroup, GeneratedPolicy generated, long seed, KernelVersion floor) {
        BpfObject object = MachineMeaning.object(generated.policy(), new Target(floor, ByteOrder.nativeOrder()));
        Map<String, String> params = new TreeMap<>();
        generated
                .params(new RandomChoices(~seed))
                .forEach((param, value) -> params.put(param.name(), Long.toUnsignedString(value)));
        InForce.on(cgroup, object, params).close();
    }
}
