// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.util.List;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.compiler.ast.PolicyFile;
import org.ringwall.compiler.bypass.Coverage;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.emit.HookCode;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.report.ReachReport.BlockReach;

/**
 * The results of all stages for a policy. Routines and code are in the order of the decisions of
 * both diagrams.
 *
 * @param diagrams what analyses read: one diagram for each hook where that is possible
 * @param lowered what the routines were made from: the same, or rules in another form
 * @param oldestKernel the oldest kernel on which the object must load
 */
public record Compilation(
        PolicyFile tree,
        Policy policy,
        KernelVersion oldestKernel,
        PolicyDiagrams diagrams,
        PolicyDiagrams lowered,
        List<Routine> routines,
        List<HookCode> code,
        BpfObject object,
        ElfFile file) {
    public Compilation {
        routines = List.copyOf(routines);
        code = List.copyOf(code);
    }

    /** Returns the object as an ELF file, whose debug section is made at the first call. */
    public Bytes elf() {
        return file.bytes();
    }

    /** Returns the bypasses of each block, and which of them the policy closes. */
    public List<BlockReach> coverage() {
        return Coverage.of(policy, diagrams);
    }
}
