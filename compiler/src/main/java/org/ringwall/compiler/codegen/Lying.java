package org.ringwall.compiler.codegen;

import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/**
 * An operand of an operation on state, as it lies in a register.
 *
 * @param network whether its bytes lie in network order, so that what writes them in that order has nothing to do but to store them
 */
record Lying(Reg reg, boolean network) {
    /** The register that holds so many of its low bytes in network order: its own, or a copy that is turned. */
    Reg inNetworkOrder(Assembler assembler, Reg copy, Width width) {
        if (network) {
            return reg;
        }
        assembler.mov(copy, reg).swapBe(copy, width);
        return copy;
    }
}
