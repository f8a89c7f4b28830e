// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.loader.fixtures.KernelBox;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/** Calls of kernel functions by their ids in the running kernel. */
@KernelTest
class KernelFunctionsKernelTest {
    private final KernelBox box = new KernelBox();

    @AfterEach
    void clean() {
        box.close();
    }

    private void apply(PolicyObject policy) {
        Cgroup cgroup = box.cgroup("a");
        box.host.applier().apply(new ApplyRequest(policy, "main", List.of(cgroup), Map.of(), false));
    }

    @Test
    void loadsAProgramThatCallsThemAndItsTypes() {
        RunningKernel.needs(6, 7, "hooks at unix sockets");
        apply(CoreObjects.calling("bpf_cast_to_kern_ctx"));
        assertThat(box.pins()).isNotEmpty();
    }

    @Test
    void refusesAFunctionThatThisKernelDoesNotHave() {
        RunningKernel.needs(6, 7, "hooks at unix sockets");
        assertThatThrownBy(() -> apply(CoreObjects.calling("bpf_cast_to_ringwall")))
                .isInstanceOf(HostException.class)
                .hasMessage("this kernel has no function `bpf_cast_to_ringwall`, and the policy calls it");
        assertThat(box.pins()).isEmpty();
    }
}
