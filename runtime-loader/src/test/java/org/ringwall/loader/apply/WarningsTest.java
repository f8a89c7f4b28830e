// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.SocketTrial;
import org.ringwall.loader.object.PolicyObject;

class WarningsTest {
    private static final SysctlTrial NEVER = () -> {
        throw new AssertionError("nothing is tried for this policy");
    };

    private static final SocketTrial MATCHED = () -> SocketTrial.Outcome.MATCHED;

    @Test
    void noWarningIfSysctlsKeepAssignedValues() {
        assertThat(Warnings.of(calling(Helper.SYSCTL_SET_NEW_VALUE), () -> SysctlTrial.Outcome.KEPT, MATCHED))
                .isEmpty();
    }

    @Test
    void refusesThePolicyIfSysctlsDiscardAssignedValues() {
        PolicyObject policy = calling(Helper.SYSCTL_SET_NEW_VALUE);
        assertThatThrownBy(() -> Warnings.of(policy, () -> SysctlTrial.Outcome.FORGOTTEN, MATCHED))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("it would write the caller's own value");
    }

    @Test
    void warnsIfSysctlAssignmentCannotBeTested() {
        assertThat(Warnings.of(calling(Helper.SYSCTL_SET_NEW_VALUE), () -> SysctlTrial.Outcome.UNKNOWN, MATCHED))
                .singleElement()
                .asString()
                .contains("kernels from 5.18 on ignore");
    }

    @Test
    void noWarningForOtherPolicies() {
        assertThat(Warnings.of(calling(Helper.SYSCTL_GET_NAME), NEVER, MATCHED)).isEmpty();
        assertThat(Warnings.of(TestObjects.policy("web", 80), NEVER, MATCHED)).isEmpty();
    }

    @Test
    void refusesThePolicyIfSocketsAreNotMatched() {
        PolicyObject policy = TestObjects.policy("web", 80);
        assertThatThrownBy(() -> Warnings.of(policy, NEVER, () -> SocketTrial.Outcome.LOST))
                .isInstanceOf(HostException.class)
                .hasMessage(SocketTrial.LOST);
        assertThat(Warnings.of(policy, NEVER, () -> SocketTrial.Outcome.UNKNOWN))
                .containsExactly(SocketTrial.UNKNOWN);
    }

    @Test
    void policiesOnTasksNeedNoMatchedSockets() {
        assertThat(Warnings.of(calling(Helper.SYSCTL_GET_NAME), NEVER, () -> {
                    throw new AssertionError("nothing is tried for this policy");
                }))
                .isEmpty();
    }

    private static PolicyObject calling(Helper helper) {
        ProgramSpec program = TestObjects.denyPort("sysctl_0123", "cgroup/sysctl");
        List<Insn> code = new ArrayList<>(program.insns());
        code.add(code.size() - 1, new Insn.CallHelper(helper.id()));
        ProgramSpec calls =
                new ProgramSpec(program.name(), program.section(), code, program.relocations(), List.of(), 0);
        return PolicyObject.of(TestObjects.object(TestObjects.rodata("web", 80).section(), List.of(calls)));
    }
}
