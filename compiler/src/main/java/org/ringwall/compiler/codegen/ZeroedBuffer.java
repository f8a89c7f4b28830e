// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/** Zeros in the first bytes of the string buffer, the last `size` bytes of the stack. */
final class ZeroedBuffer {
    /**
     * The number of bytes that an iteration zeroes with stores of 8 bytes; the loop overhead costs
     * about as much as these stores.
     */
    private static final int AT_ONCE = 32;

    private ZeroedBuffer() {}

    /**
     * Zeroes the bytes. For many of them, emits a loop that uses r2 and r3: the context may still
     * be in r1.
     */
    static void emit(Assembler assembler, int size, int bytes) {
        int turns = bytes / AT_ONCE;
        int rest = -size;
        if (turns > 2) {
            Label next = new Label("clear");
            assembler.mov(Reg.R2, Reg.R10).mov(Reg.R3, 0).bind(next);
            for (int off = 0; off < AT_ONCE; off += Width.DW.bytes()) {
                assembler.store(Width.DW, Reg.R2, off - size, 0);
            }
            assembler
                    .alu(Insn.AluOp.ADD, Reg.R2, AT_ONCE)
                    .alu(Insn.AluOp.ADD, Reg.R3, 1)
                    .jump(Insn.JumpOp.NE, Reg.R3, turns, next);
            rest += turns * AT_ONCE;
        }
        for (int off = rest; off < bytes - size; off += Width.DW.bytes()) {
            assembler.store(Width.DW, Reg.R10, off, 0);
        }
    }
}
