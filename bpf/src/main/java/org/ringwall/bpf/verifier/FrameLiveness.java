// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import java.util.List;
import org.ringwall.bpf.flow.ControlFlowGraph;
import org.ringwall.bpf.flow.ControlFlowGraph.Block;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/**
 * The live stack slots: those that a load from `r10 + off` reads later, one bit each. Abstract
 * states that differ in a live slot are not joined. Reads by calls and through computed addresses
 * do not count, because the verifier concludes nothing from their values.
 */
final class FrameLiveness {
    private final long[] before;

    FrameLiveness(ControlFlowGraph graph, List<Integer> order) {
        this.before = new long[graph.blocks().size()];
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int i = order.size() - 1; i >= 0; i--) {
                Block block = graph.blocks().get(order.get(i));
                long live = 0;
                for (int next : block.successors()) {
                    live |= before[next];
                }
                for (int at = block.end() - 1; at >= block.first(); at--) {
                    live = before(graph.insns().get(at), live);
                }
                changed |= live != before[block.number()];
                before[block.number()] = live;
            }
        }
    }

    /** Returns the live slots at the start of the block. */
    long before(int block) {
        return before[block];
    }

    private static long before(Insn insn, long live) {
        if (insn instanceof Insn.Load load && load.src() == Reg.R10) {
            return live | bit(load.off());
        } else if (insn instanceof Insn.Store store && store.dst() == Reg.R10 && store.width() == Width.DW) {
            return live & ~bit(store.off());
        } else if (insn instanceof Insn.Alu alu
                && alu.op() == Insn.AluOp.ADD
                && alu.src() instanceof Operand.OfImm imm
                && Stack.holds(imm.value(), 1)) {
            // This may compute an address of the stack.
            return live | bit(imm.value());
        }
        return live;
    }

    private static long bit(int off) {
        return Stack.holds(off, 1) ? 1L << (off + Stack.BYTES) / Long.BYTES : 0;
    }
}
