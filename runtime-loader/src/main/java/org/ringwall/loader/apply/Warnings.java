// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.SocketTrial;
import org.ringwall.loader.object.PolicyObject;

/** Warnings about kernels that load a policy but behave differently from what it says. */
final class Warnings {
    private Warnings() {}

    /**
     * Returns a line for each feature of the policy that could not be tested here.
     *
     * @throws HostException if a test shows that a feature does not work
     */
    static List<String> of(PolicyObject policy, SysctlTrial trial, SocketTrial sockets) {
        List<String> notes = new ArrayList<>(sockets.require(policy.programs().keySet()));
        notes.addAll(of(policy, trial));
        return notes;
    }

    private static List<String> of(PolicyObject policy, SysctlTrial trial) {
        if (policy.programs().values().stream().noneMatch(Warnings::replacesSysctls)) {
            return List.of();
        }
        return switch (trial.run()) {
            case KEPT -> List.of();
            case FORGOTTEN ->
                throw new HostException(
                        "this kernel ignores `assign new_value`: it would write the caller's own value",
                        "deny such writes instead, or use a kernel before 5.18 or with the correction of 2026 to"
                                + " `__cgroup_bpf_run_filter_sysctl`");
            case UNKNOWN ->
                List.of("it assigns `new_value`, which kernels from 5.18 on ignore without a correction of 2026"
                        + " (`__cgroup_bpf_run_filter_sysctl`); this kernel could not be tested");
        };
    }

    private static boolean replacesSysctls(ProgramSpec program) {
        return program.insns().stream()
                .anyMatch(
                        insn -> insn instanceof Insn.CallHelper call && call.id() == Helper.SYSCTL_SET_NEW_VALUE.id());
    }
}
