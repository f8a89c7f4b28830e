package org.ringwall.bpf.flow;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.ringwall.bpf.insn.Reg;

/**
 * What the checker knows before an instruction: a value a register, and which bytes of the frame are set on every way; bit i
 * of `frame` is the byte at r10 - 512 + i. {@link #UNREACHED} joins as nothing.
 */
record MachineState(List<RegValue> registers, BigInteger frame) {
    /** MAX_BPF_STACK. */
    static final int FRAME_BYTES = 512;

    private static final BigInteger NO_BYTES = BigInteger.ZERO;
    static final MachineState UNREACHED = new MachineState(List.of(), NO_BYTES);

    MachineState {
        registers = List.copyOf(registers);
    }

    /** The program's own start: the context in r1. */
    static MachineState program() {
        return start().with(Reg.R1, new RegValue.Context(0));
    }

    /** A subprogram's start: its caller's arguments, of which nothing is known, in r1 to r5. */
    static MachineState subprogram() {
        MachineState state = start();
        for (Reg reg : RegSet.ARGUMENTS.list()) {
            state = state.with(reg, RegValue.ANY);
        }
        return state;
    }

    private static MachineState start() {
        List<RegValue> unset = Collections.nCopies(Reg.values().length, RegValue.UNSET);
        return new MachineState(unset, NO_BYTES).with(Reg.R10, new RegValue.Frame(0));
    }

    boolean reached() {
        return !registers.isEmpty();
    }

    RegValue value(Reg reg) {
        return registers.get(reg.number());
    }

    MachineState with(Reg reg, RegValue value) {
        if (value.equals(value(reg))) {
            return this;
        }
        List<RegValue> changed = new ArrayList<>(registers);
        changed.set(reg.number(), value);
        return new MachineState(changed, frame);
    }

    static boolean inFrame(int off, int bytes) {
        return off >= -FRAME_BYTES && off + bytes <= 0;
    }

    /** Whether all these bytes, which are in the frame, are set. */
    boolean isSet(int off, int bytes) {
        BigInteger mask = mask(off, bytes);
        return frame.and(mask).equals(mask);
    }

    MachineState withSet(int off, int bytes) {
        return inFrame(off, bytes) && !isSet(off, bytes)
                ? new MachineState(registers, frame.or(mask(off, bytes)))
                : this;
    }

    /**
     * A call may have written from where its arguments point up to the top of the frame, clobbers r1 to r5 and returns in r0.
     */
    MachineState afterCall() {
        MachineState state = this;
        for (Reg reg : RegSet.ARGUMENTS.list()) {
            RegValue value = value(reg);
            if (value instanceof RegValue.Frame pointer) {
                state = state.withSet(pointer.off(), -pointer.off());
            } else if (value instanceof RegValue.Any) {
                state = state.withSet(-FRAME_BYTES, FRAME_BYTES);
            }
            state = state.with(reg, RegValue.UNSET);
        }
        return state.with(Reg.R0, RegValue.OTHER);
    }

    static MachineState join(MachineState left, MachineState right) {
        if (!left.reached() || !right.reached()) {
            return left.reached() ? left : right;
        }
        if (left.equals(right)) {
            return left;
        }
        List<RegValue> joined = new ArrayList<>();
        for (Reg reg : Reg.values()) {
            joined.add(RegValue.join(left.value(reg), right.value(reg)));
        }
        return new MachineState(joined, left.frame.and(right.frame));
    }

    private static BigInteger mask(int off, int bytes) {
        return BigInteger.ONE.shiftLeft(bytes).subtract(BigInteger.ONE).shiftLeft(off + FRAME_BYTES);
    }
}
