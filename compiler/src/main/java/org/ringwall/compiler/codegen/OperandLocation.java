// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/**
 * An operand of a state operation, in its register.
 *
 * @param network whether its bytes are in network order, so that a store in that order needs no
 *     conversion
 */
record OperandLocation(Reg reg, boolean network) {
    /**
     * Returns a register with this many low bytes in network order: the operand's own, or `copy`
     * after a swap.
     */
    Reg inNetworkOrder(Assembler assembler, Reg copy, Width width) {
        if (network) {
            return reg;
        }
        assembler.mov(copy, reg).swapBe(copy, width);
        return copy;
    }
}
