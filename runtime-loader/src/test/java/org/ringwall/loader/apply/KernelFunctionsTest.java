// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.btf.BtfWriter;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.object.PolicyObject;

class KernelFunctionsTest {
    private final FakeKernel kernel = new FakeKernel();

    private void kernelHas(String... functions) {
        BtfBuilder types = new BtfBuilder();
        int proto = types.add(new BtfType.FuncProto(0, List.of()));
        for (String function : functions) {
            types.add(new BtfType.Func(function, proto, BtfType.Linkage.STATIC));
        }
        kernel.types = Optional.of(BtfWriter.write(types.build(), ByteOrder.nativeOrder()));
    }

    private Map<Integer, Insn> resolve(PolicyObject policy) {
        ProgramSpec program = policy.object().programs().get(0);
        return new KernelFunctions(KernelTypes.of(kernel, policy.object())).resolve(program);
    }

    @Test
    void usesTheBtfIdOfTheRunningKernel() {
        kernelHas("other", "wanted");
        assertThat(resolve(CoreObjects.calling("wanted"))).isEqualTo(Map.of(0, new Insn.CallKfunc(3, (short) 0)));
    }

    @Test
    void refusesAFunctionThatTheKernelDoesNotHave() {
        kernelHas("other");
        assertThatThrownBy(() -> resolve(CoreObjects.calling("wanted")))
                .isInstanceOf(HostException.class)
                .hasMessage("this kernel has no function `wanted`, and the policy calls it");
    }

    @Test
    void refusesAKernelWithoutTypeInformation() {
        assertThatThrownBy(() -> resolve(CoreObjects.calling("wanted")))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("this kernel has no type information");
    }

    @Test
    void refusalLeavesNothingBehind() {
        Cgroup place = kernel.addCgroup("a");
        kernelHas("other");
        ApplyRequest request = new ApplyRequest(CoreObjects.calling("wanted"), "main", List.of(place), Map.of(), false);
        assertThatThrownBy(() -> new Applier(kernel, kernel, kernel, () -> SysctlTrial.Outcome.UNKNOWN).apply(request))
                .isInstanceOf(HostException.class);
        assertThat(kernel.openDescriptors()).isZero();
        assertThat(kernel.pins()).isEmpty();
    }
}
