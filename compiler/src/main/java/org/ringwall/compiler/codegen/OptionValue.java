package org.ringwall.compiler.codegen;

import java.util.function.Function;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;

/**
 * The code that writes an option's value into the buffer from which the kernel goes on, where `ctx.optlen` says that it does
 * (`__cgroup_bpf_run_filter_setsockopt` and `__cgroup_bpf_run_filter_getsockopt` in kernel/bpf/cgroup.c). `r0` to `r4` are its own.
 */
final class OptionValue {
    private static final int SHOWN = Instruction.LeaveToKernel.SHOWN;

    private final Assembler assembler;
    private final Hook hook;
    private final Function<Value, Reg> registers;

    OptionValue(Assembler assembler, Hook hook, Function<Value, Reg> registers) {
        this.assembler = assembler;
        this.hook = hook;
        this.registers = registers;
    }

    /** See {@link Terminator.WriteOptval}: {@link Instruction.LeaveToKernel} has left 0 where the value is too long for the buffer. */
    void write(Terminator.WriteOptval write) {
        Label one = new Label("byte");
        Label done = new Label("written");
        if (write.value() instanceof Terminator.Right.OfValue of) {
            Reg value = registers.apply(of.value());
            if (value != Reg.R4) {
                assembler.mov(Reg.R4, value);
            }
        } else {
            assembler.mov(Reg.R4, (int) ((Terminator.Right.OfNumber) write.value()).number());
        }
        assembler
                .load(Width.DW, Reg.R1, Body.CONTEXT, Body.option("optval"))
                .load(Width.DW, Reg.R2, Body.CONTEXT, Body.option("optval_end"))
                .load(Width.W, Reg.R0, Body.CONTEXT, Body.option("optlen"))
                .jump(Insn.JumpOp.GT, Reg.R0, SHOWN, done);
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

    /** Of a value that was left to the kernel since it is longer, the kernel takes what the program sees. */
    private void cut(Label done) {
        Label sized = new Label("sized");
        assembler
                .jump(Insn.JumpOp.NE, Reg.R0, 0, sized)
                .mov(Reg.R3, Reg.R1)
                .alu(Insn.AluOp.ADD, Reg.R3, SHOWN)
                .jump(Insn.JumpOp.GT, Reg.R3, Reg.R2, done)
                .mov(Reg.R0, SHOWN)
                .store(Width.W, Body.CONTEXT, Body.option("optlen"), Reg.R0)
                .bind(sized);
    }

    /** `r3 = r1 + bytes; if (r3 <= r2) *(width *)r1 = r4`: the verifier wants the bound at every way in. */
    private void store(Width width, Label done) {
        assembler
                .mov(Reg.R3, Reg.R1)
                .alu(Insn.AluOp.ADD, Reg.R3, width.bytes())
                .jump(Insn.JumpOp.GT, Reg.R3, Reg.R2, done)
                .store(width, Reg.R1, 0, Reg.R4);
    }
}
