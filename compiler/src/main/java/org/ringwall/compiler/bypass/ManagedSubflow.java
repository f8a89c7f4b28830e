// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.List;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.CallerUse;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.report.ReachReport.Status;

/**
 * Subflows of MPTCP that a path manager in user space binds and connects in its own context
 * (mptcp_nl_cmd_sf_create in net/mptcp/pm_userspace.c). Rules on the calling task judge the path
 * manager, unless the program finds the MPTCP socket, whose stamp names the task that made it.
 */
record ManagedSubflow() implements Judge {
    @Override
    public Judgement judge(Block.Target block, Decisions decisions) {
        Policy policy = decisions.policy();
        List<Hook> ofTask = block.hooks(false).stream()
                .filter(hook -> CallerUse.at(hook, policy).isPresent())
                .toList();
        if (ofTask.isEmpty()) {
            return new Judgement(Status.CLOSED, "no rule depends on the task that calls");
        }
        KernelVersion oldest = policy.requires().orElse(KernelVersion.V5_10);
        String blind = ofTask.stream()
                .filter(hook -> !Helper.SKC_TO_MPTCP_SOCK.availableAt(hook, oldest))
                .map(Hook::word)
                .collect(Collectors.joining(", "));
        return blind.isEmpty()
                ? new Judgement(Status.CLOSED, "judged as the task that made the MPTCP socket")
                : new Judgement(
                        Status.OUTSIDE, "a rule depends on the task that calls, which is another one at " + blind);
    }
}
