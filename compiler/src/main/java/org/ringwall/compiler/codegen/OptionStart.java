// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.ir.Intrinsic;

/** The code of {@link Intrinsic#LEAVE_TO_KERNEL}. */
final class OptionStart {
    private final Assembler assembler;
    private final Hook hook;

    OptionStart(Assembler assembler, Hook hook) {
        this.assembler = assembler;
        this.hook = hook;
    }

    /** Emits the code; `r0` is the length, zero-extended. */
    void emit() {
        Label zero = new Label("zero");
        Label done = new Label("done");
        int optlen = InstructionSelector.option("optlen");
        assembler.load(Width.W, Reg.R0, InstructionSelector.CONTEXT, optlen);
        assembler.jump(Insn.JumpOp.GT, Reg.R0, Integer.MAX_VALUE, done);
        if (hook == Hook.GETSOCKOPT) {
            assembler
                    .load(Width.W, Reg.R1, InstructionSelector.CONTEXT, InstructionSelector.option("retval"))
                    .jump(Insn.JumpOp.NE, Reg.R1, 0, zero)
                    .jump(Insn.JumpOp.GT, Reg.R0, Intrinsic.SHOWN, zero)
                    .load(Width.DW, Reg.R1, InstructionSelector.CONTEXT, InstructionSelector.option("optval"))
                    .load(Width.DW, Reg.R2, InstructionSelector.CONTEXT, InstructionSelector.option("optval_end"))
                    .alu(Insn.AluOp.ADD, Reg.R1, Reg.R0)
                    .jump(Insn.JumpOp.LE, Reg.R1, Reg.R2, done);
        } else {
            Label longer = new Label("longer");
            assembler
                    .jump(Insn.JumpOp.GT, Reg.R0, Intrinsic.SHOWN, longer)
                    .jump(Insn.JumpOp.NE, Reg.R0, 0, done)
                    .load(Width.DW, Reg.R1, InstructionSelector.CONTEXT, InstructionSelector.option("optval"))
                    .load(Width.DW, Reg.R2, InstructionSelector.CONTEXT, InstructionSelector.option("optval_end"))
                    .alu(Insn.AluOp.ADD, Reg.R1, Intrinsic.SHOWN)
                    .jump(Insn.JumpOp.GT, Reg.R1, Reg.R2, done)
                    .bind(longer)
                    .mov(Reg.R0, 0)
                    .store(Width.W, InstructionSelector.CONTEXT, optlen, Reg.R0)
                    .mov(Reg.R0, Intrinsic.SHOWN)
                    .bind(done);
            return;
        }
        assembler
                .bind(zero)
                .mov(Reg.R0, 0)
                .store(Width.W, InstructionSelector.CONTEXT, optlen, Reg.R0)
                .bind(done);
    }
}
