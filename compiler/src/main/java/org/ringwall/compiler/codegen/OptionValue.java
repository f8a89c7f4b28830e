// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.util.List;
import java.util.function.Function;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.ir.Intrinsic;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;

/**
 * The code that writes an option's value and length into the program's buffer, if `ctx.optlen`
 * shows that the kernel continues with that buffer (`__cgroup_bpf_run_filter_setsockopt` and
 * `__cgroup_bpf_run_filter_getsockopt` in kernel/bpf/cgroup.c). It uses `r0` to `r4`.
 */
final class OptionValue {
    private static final int SHOWN = Intrinsic.SHOWN;

    private final Assembler assembler;
    private final Hook hook;
    private final Function<Value, Reg> registers;

    OptionValue(Assembler assembler, Hook hook, Function<Value, Reg> registers) {
        this.assembler = assembler;
        this.hook = hook;
        this.registers = registers;
    }

    /** Stores values where later writes preserve them. */
    void keep(List<Terminator.Write> writes) {
        for (Terminator.Write write : writes) {
            boolean kept = write instanceof Terminator.WriteOptval || write instanceof Terminator.WriteOptlen;
            write.uses()
                    .filter(value -> kept)
                    .ifPresent(value -> assembler.store(Width.DW, Reg.R10, place(write), registers.apply(value)));
        }
    }

    /** Writes the length, then the value. */
    void write(List<Terminator.Write> writes) {
        for (Terminator.Write write : writes) {
            if (write instanceof Terminator.WriteOptlen optlen) {
                length(optlen);
            }
        }
        for (Terminator.Write write : writes) {
            if (write instanceof Terminator.WriteOptval optval) {
                value(optval);
            }
        }
    }

    private static int place(Terminator.Write write) {
        return write instanceof Terminator.WriteOptlen ? -Width.DW.bytes() : -2 * Width.DW.bytes();
    }

    /**
     * `r4 = value; r1 = optval; r2 = optval_end; r0 = optlen`. Branches to `done` if the length is
     * negative.
     */
    private void open(Terminator.Write write, Terminator.Right value, Label done) {
        if (value instanceof Terminator.Right.OfNumber of) {
            assembler.mov(Reg.R4, (int) of.number());
        } else {
            assembler.load(Width.DW, Reg.R4, Reg.R10, place(write));
        }
        assembler
                .load(Width.DW, Reg.R1, InstructionSelector.CONTEXT, InstructionSelector.option("optval"))
                .load(Width.DW, Reg.R2, InstructionSelector.CONTEXT, InstructionSelector.option("optval_end"))
                .load(Width.W, Reg.R0, InstructionSelector.CONTEXT, InstructionSelector.option("optlen"))
                .jump(Insn.JumpOp.GT, Reg.R0, SHOWN, done);
    }

    /**
     * Emits {@link Terminator.WriteOptlen}. An `optlen` of 0 was set by
     * {@link Intrinsic#LEAVE_TO_KERNEL}.
     */
    private void length(Terminator.WriteOptlen write) {
        Label room = new Label("room");
        Label done = new Label("measured");
        open(write, write.value(), done);
        assembler
                .load(Width.W, Reg.R3, InstructionSelector.CONTEXT, InstructionSelector.option("retval"))
                .jump(Insn.JumpOp.NE, Reg.R3, 0, done)
                .jump(Insn.JumpOp.EQ, Reg.R4, 0, done)
                .jump(Insn.JumpOp.GT, Reg.R4, SHOWN, done)
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, room)
                .jump(Insn.JumpOp.GE, Reg.R4, Reg.R0, done)
                .bind(room)
                .alu(Insn.AluOp.ADD, Reg.R1, Reg.R4)
                .jump(Insn.JumpOp.GT, Reg.R1, Reg.R2, done)
                .store(Width.W, InstructionSelector.CONTEXT, InstructionSelector.option("optlen"), Reg.R4)
                .bind(done);
    }

    /**
     * Emits {@link Terminator.WriteOptval}. {@link Intrinsic#LEAVE_TO_KERNEL} has set 0 if the
     * value is too long for the buffer.
     */
    private void value(Terminator.WriteOptval write) {
        Label one = new Label("byte");
        Label done = new Label("written");
        open(write, write.value(), done);
        if (hook == Hook.SETSOCKOPT) {
            cut(done);
        } else {
            assembler.jump(Insn.JumpOp.EQ, Reg.R0, 0, done);
        }
        assembler.jump(Insn.JumpOp.LT, Reg.R0, Width.W.bytes(), one);
        store(Width.W, done);
        assembler.goTo(done).bind(one);
        store(Width.B, done);
        assembler.bind(done);
    }

    /**
     * Truncates a value that was left to the kernel because of its length to the part that the
     * program sees.
     */
    private void cut(Label done) {
        Label sized = new Label("sized");
        assembler
                .jump(Insn.JumpOp.NE, Reg.R0, 0, sized)
                .mov(Reg.R3, Reg.R1)
                .alu(Insn.AluOp.ADD, Reg.R3, SHOWN)
                .jump(Insn.JumpOp.GT, Reg.R3, Reg.R2, done)
                .mov(Reg.R0, SHOWN)
                .store(Width.W, InstructionSelector.CONTEXT, InstructionSelector.option("optlen"), Reg.R0)
                .bind(sized);
    }

    /**
     * `r3 = r1 + bytes; if (r3 <= r2) *(width *)r1 = r4`: the verifier requires the bound on every
     * path.
     */
    private void store(Width width, Label done) {
        assembler
                .mov(Reg.R3, Reg.R1)
                .alu(Insn.AluOp.ADD, Reg.R3, width.bytes())
                .jump(Insn.JumpOp.GT, Reg.R3, Reg.R2, done)
                .store(width, Reg.R1, 0, Reg.R4);
    }
}
