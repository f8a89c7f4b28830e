// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Assembly;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.asm.SourceLine;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.btf.BtfWriter;
import org.ringwall.bpf.insn.Cpu;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Insn.AluOp;
import org.ringwall.bpf.insn.Insn.JumpOp;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.sys.Fd;

/**
 * The programs that change an unconfirmed instance, and the callback of its timer.
 *
 * <p>Each step is one run of one program, so that a process that is killed leaves all of a step or
 * nothing of it. Every program but the one that arms the timer first cancels it; the kernel waits
 * until a callback that is running has returned ({@code hrtimer_cancel} in
 * {@code bpf_timer_cancel}). No program and no callback therefore run at the same time, and neither
 * needs a lock.
 */
public final class RollbackCode {
    /** A step. */
    public enum Step {
        /** Puts the new generation alone in force and starts the timer. */
        ARM,
        /** Ends the wait: the new generation stays. */
        CONFIRM,
        /** Begins the roll-back if its time is over and the timer did not run. */
        EXPIRE,
        /** Begins the roll-back now. */
        BEGIN,
        /** Ends a roll-back that has begun. */
        FINISH,
        /** Puts nothing in force. */
        REMOVE
    }

    /** The return value if the kernel could not cancel the timer, so that nothing was done. */
    static final int BUSY = -1;

    private static final int LO = 0;
    private static final int HI = 4;
    private static final int MONITOR = 1 << 31;
    private static final int CLOCK_BOOTTIME = 7;
    private static final int FUNC_RECORD = 8;
    private static final int LINE_RECORD = 16;

    private final Fd rollback;
    private final Fd control;
    private final long duration;
    private final Assembler code = new Assembler(Cpu.V3);
    private final Label callback = new Label("callback");

    private RollbackCode(Fd rollback, Fd control, long duration) {
        this.rollback = rollback;
        this.control = control;
        this.duration = duration;
    }

    /**
     * Loads the program of a step.
     *
     * @param duration for {@link Step#ARM}: the time in ns after which the roll-back begins
     */
    static Fd load(Bpf bpf, Step step, Fd rollback, Fd control, long duration) {
        BtfBuilder types = new BtfBuilder();
        int number = types.integer("int", BtfType.Encoding.SIGNED, Integer.BYTES);
        int main = function(types, "ringwall_step", number, List.of());
        int pointer = types.pointer(0);
        int called = function(
                types,
                "ringwall_expire",
                number,
                List.of(
                        new BtfType.Param("map", pointer),
                        new BtfType.Param("key", pointer),
                        new BtfType.Param("value", pointer)));
        RollbackCode code = new RollbackCode(rollback, control, duration);
        Assembly assembly = code.assembled(step);
        ByteBuffer functions = ByteBuffer.allocate(2 * FUNC_RECORD).order(ByteOrder.nativeOrder());
        functions.putInt(0).putInt(main);
        assembly.lines().forEach(mark -> functions.putInt(mark.slot()).putInt(called));
        functions.flip();
        Bytes insns = Bytes.of(InsnCodec.encode(assembly.insns(), ByteOrder.nativeOrder()));
        try (Fd btf = bpf.btfLoad(BtfWriter.write(types.build(), ByteOrder.nativeOrder()))) {
            ProgSpec.DebugInfo debug = new ProgSpec.DebugInfo(
                    btf, FUNC_RECORD, Bytes.of(functions), LINE_RECORD, Bytes.of(ByteBuffer.allocate(0)));
            return bpf.progLoad(new ProgSpec(
                    "ringwall_step",
                    ProgSpec.TYPE_SYSCALL,
                    0,
                    ProgSpec.SLEEPABLE,
                    insns,
                    "Dual MIT/GPL",
                    Optional.of(debug)));
        }
    }

    private static int function(BtfBuilder types, String name, int result, List<BtfType.Param> params) {
        int proto = types.add(new BtfType.FuncProto(result, params));
        return types.add(new BtfType.Func(name, proto, BtfType.Linkage.STATIC));
    }

    private Assembly assembled(Step step) {
        step(step);
        // The verifier refuses a subprogram that no instruction refers to.
        if (step != Step.FINISH && step != Step.REMOVE) {
            // The mark shows in which slot the callback begins.
            code.line(new SourceLine(1, 1)).bind(callback);
            callback();
        }
        try {
            return code.layout();
        } catch (CodeTooLargeException e) {
            throw new IllegalStateException("a program of fewer than 200 instructions", e);
        }
    }

    /** R6 is the value of the timer's map, R7 the control word; returns the state. */
    private void step(Step step) {
        Label end = new Label("end");
        code.add(new Insn.LoadImm64(Insn.Pseudo.MAP_VALUE, Reg.R6, rollback.number()));
        code.add(new Insn.LoadImm64(Insn.Pseudo.MAP_VALUE, Reg.R7, control.number()));
        switch (step) {
            case ARM -> arm(end);
            case EXPIRE -> {
                // A timer that still runs is left alone.
                Label due = new Label("due");
                code.load(Width.W, Reg.R0, Reg.R6, Rollback.STATE).jump32(JumpOp.NE, Reg.R0, Rollback.ARMED, due);
                code.call(Helper.KTIME_GET_BOOT_NS.id()).load(Width.DW, Reg.R1, Reg.R6, Rollback.DEADLINE);
                code.jump(JumpOp.GE, Reg.R0, Reg.R1, due);
                code.goTo(end).bind(due);
                cancel(end);
                begin();
            }
            case BEGIN -> {
                cancel(end);
                begin();
            }
            case CONFIRM -> confirm(end);
            case FINISH -> {
                cancel(end);
                finish(end);
            }
            case REMOVE -> {
                cancel(end);
                storeLo(0, false);
                code.store(Width.W, Reg.R7, HI, 0).store(Width.W, Reg.R6, Rollback.STATE, Rollback.VOID);
            }
        }
        code.bind(end).load(Width.W, Reg.R0, Reg.R6, Rollback.STATE).exit();
    }

    private void arm(Label end) {
        code.mov(Reg.R1, Reg.R6);
        code.add(new Insn.LoadImm64(Insn.Pseudo.MAP_FD, Reg.R2, rollback.number()));
        code.mov(Reg.R3, CLOCK_BOOTTIME).call(Helper.TIMER_INIT.id()).jump(JumpOp.NE, Reg.R0, 0, end);
        setCallback();
        code.jump(JumpOp.NE, Reg.R0, 0, end);
        compare(Rollback.FROM, end);
        code.call(Helper.KTIME_GET_BOOT_NS.id()).loadImm64(Reg.R1, duration).alu(AluOp.ADD, Reg.R0, Reg.R1);
        code.store(Width.DW, Reg.R6, Rollback.DEADLINE, Reg.R0);
        storeLo(Rollback.FROM, true);
        code.store(Width.W, Reg.R6, Rollback.STATE, Rollback.ARMED);
        code.mov(Reg.R1, Reg.R6).loadImm64(Reg.R2, duration).mov(Reg.R3, 0);
        code.call(Helper.TIMER_START.id()).jump(JumpOp.EQ, Reg.R0, 0, end);
        storeLo(Rollback.TO, true);
        code.store(Width.W, Reg.R6, Rollback.STATE, Rollback.NOT_ARMED);
    }

    private void confirm(Label end) {
        Label begun = new Label("begun");
        cancel(end);
        code.load(Width.W, Reg.R1, Reg.R6, Rollback.STATE).jump32(JumpOp.NE, Reg.R1, Rollback.ARMED, begun);
        code.store(Width.W, Reg.R6, Rollback.STATE, Rollback.CONFIRMED).goTo(end);
        code.bind(begun);
        begin();
    }

    /** Begins a roll-back, or starts the timer again if it has begun. */
    private void begin() {
        Label begun = new Label("begun");
        Label none = new Label("none");
        code.load(Width.W, Reg.R1, Reg.R6, Rollback.STATE).jump32(JumpOp.NE, Reg.R1, Rollback.ARMED, begun);
        compare(Rollback.FROM, none);
        storeLo(Rollback.TO, true);
        code.store(Width.W, Reg.R6, Rollback.STATE, Rollback.BOTH);
        code.bind(begun);
        code.load(Width.W, Reg.R1, Reg.R6, Rollback.STATE).jump32(JumpOp.NE, Reg.R1, Rollback.BOTH, none);
        setCallback();
        start();
        code.bind(none);
    }

    /** Ends a roll-back that has begun. */
    private void finish(Label end) {
        code.load(Width.W, Reg.R1, Reg.R6, Rollback.STATE).jump32(JumpOp.NE, Reg.R1, Rollback.BOTH, end);
        compare(Rollback.FROM, end);
        // `hi` may be lowered only where `lo` has been: no `lo` is above `hi`.
        code.load(Width.W, Reg.R1, Reg.R7, LO).alu32(AluOp.AND, Reg.R1, ~MONITOR);
        code.load(Width.W, Reg.R2, Reg.R6, Rollback.TO).jump32(JumpOp.NE, Reg.R1, Reg.R2, end);
        code.store(Width.W, Reg.R7, HI, Reg.R2);
        code.call(Helper.KTIME_GET_BOOT_NS.id()).store(Width.DW, Reg.R6, Rollback.TIME, Reg.R0);
        code.store(Width.W, Reg.R6, Rollback.STATE, Rollback.ROLLED_BACK);
    }

    /** {@code int ringwall_expire(map, key, value)}, which runs in a soft interrupt. */
    private void callback() {
        Label end = new Label("returned");
        Label both = new Label("both");
        code.mov(Reg.R6, Reg.R3);
        code.add(new Insn.LoadImm64(Insn.Pseudo.MAP_VALUE, Reg.R7, control.number()));
        code.load(Width.W, Reg.R1, Reg.R6, Rollback.STATE).jump32(JumpOp.NE, Reg.R1, Rollback.ARMED, both);
        compare(Rollback.FROM, end);
        storeLo(Rollback.TO, true);
        code.store(Width.W, Reg.R6, Rollback.STATE, Rollback.BOTH);
        start();
        code.goTo(end).bind(both);
        finish(end);
        code.bind(end).mov(Reg.R0, 0).exit();
    }

    /** Cancels the timer; returns {@link #BUSY} where the kernel refuses to wait for a callback. */
    private void cancel(Label end) {
        Label cancelled = new Label("cancelled");
        code.mov(Reg.R1, Reg.R6)
                .call(Helper.TIMER_CANCEL.id())
                .jump(JumpOp.NE, Reg.R0, -Errno.EDEADLK.number(), cancelled);
        code.mov(Reg.R0, BUSY).exit().bind(cancelled);
    }

    private void setCallback() {
        code.mov(Reg.R1, Reg.R6).loadFunction(Reg.R2, callback).call(Helper.TIMER_SET_CALLBACK.id());
    }

    /** Starts the timer for the time in which both generations decide. */
    private void start() {
        code.mov(Reg.R1, Reg.R6)
                .load(Width.DW, Reg.R2, Reg.R6, Rollback.OVERLAP)
                .mov(Reg.R3, 0);
        code.call(Helper.TIMER_START.id());
    }

    /** Jumps where `hi` is not the generation in this field. */
    private void compare(int field, Label otherwise) {
        code.load(Width.W, Reg.R1, Reg.R7, HI).load(Width.W, Reg.R2, Reg.R6, field);
        code.jump(JumpOp.NE, Width.W, Reg.R1, Operand.of(Reg.R2), otherwise);
    }

    /** Stores the generation of a field, or 0, in `lo`, and keeps the monitor bit. */
    private void storeLo(int field, boolean generation) {
        code.load(Width.W, Reg.R1, Reg.R7, LO).alu32(AluOp.AND, Reg.R1, MONITOR);
        if (generation) {
            code.load(Width.W, Reg.R2, Reg.R6, field).alu32(AluOp.OR, Reg.R1, Reg.R2);
        }
        code.store(Width.W, Reg.R7, LO, Reg.R1);
    }
}
