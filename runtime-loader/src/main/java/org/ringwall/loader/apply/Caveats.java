package org.ringwall.loader.apply;

import java.util.List;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.object.ProgramSpec;

/** What some kernels do otherwise than a policy says, and no loader can find out. */
final class Caveats {
    private Caveats() {}

    /** A line for each thing that the policy uses. */
    static List<String> of(PolicyObject policy) {
        return policy.programs().values().stream().anyMatch(Caveats::replacesSysctls)
                ? List.of(
                        "it replaces what is written to sysctls, which kernels from 5.18 on forget that lack a correction of"
                                + " 2026 (`__cgroup_bpf_run_filter_sysctl`): there what the caller wrote is written; try it")
                : List.of();
    }

    private static boolean replacesSysctls(ProgramSpec program) {
        return program.insns().stream()
                .anyMatch(
                        insn -> insn instanceof Insn.CallHelper call && call.id() == Helper.SYSCTL_SET_NEW_VALUE.id());
    }
}
