// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.ringwall.bpf.flow.ControlFlowGraph;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.object.ProgramSpec;

/**
 * The length of a program with each loop unrolled to its maximum count. A loop ends in `rN += 1`
 * and `if rN != last goto first`.
 */
public final class Rounds {
    private Rounds() {}

    /** Returns its slots, those of a loop as often as its counter permits. */
    public static long slots(ProgramSpec program) {
        ControlFlowGraph graph = ControlFlowGraph.of(program.insns());
        long slots = program.slots();
        Set<Integer> walked = new HashSet<>();
        for (int number : graph.reversePostorder()) {
            walked.add(number);
            ControlFlowGraph.Block block = graph.blocks().get(number);
            int end = graph.slot(block.end() - 1) + 1;
            for (int first : block.successors()) {
                if (walked.contains(first)) {
                    slots += last(graph.insns(), block)
                            * (end - graph.blocks().get(first).slot());
                }
            }
        }
        return slots;
    }

    private static long last(List<Insn> insns, ControlFlowGraph.Block closing) {
        if (insns.get(closing.end() - 1) instanceof Insn.Jump jump
                && jump.op() == Insn.JumpOp.NE
                && jump.src() instanceof Operand.OfImm last) {
            return last.value();
        }
        throw new IllegalArgumentException("a loop that does not count");
    }
}
