// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;

/** The registers of a running function, and its caller. */
final class Frame {
    private final List<Optional<Value>> registers = new ArrayList<>(Collections.nCopies(11, Optional.empty()));
    /** The registers whose number the verifier knows, because it depends only on code. */
    private final BitSet constants = new BitSet(11);

    private final Optional<Frame> caller;
    private final int returnSlot;
    private final Memory memory;

    private Frame(Optional<Frame> caller, int returnSlot, Memory memory) {
        this.caller = caller;
        this.returnSlot = returnSlot;
        this.memory = memory;
        write(Reg.R10, Value.to(new StackRegion(memory), 0));
    }

    static Frame main(Value context, Memory memory) {
        Frame frame = new Frame(Optional.empty(), 0, memory);
        frame.write(Reg.R1, context);
        return frame;
    }

    /**
     * Returns the frame of a subprogram, which sees only the arguments; the caller's r0 to r5 are
     * lost.
     */
    Frame call(int slotAfter) {
        Frame frame = new Frame(Optional.of(this), slotAfter, memory);
        for (int number = 1; number <= 5; number++) {
            frame.registers.set(number, registers.get(number));
            frame.constants.set(number, constants.get(number));
        }
        loseCallerSaved();
        return frame;
    }

    Optional<Frame> caller() {
        return caller;
    }

    int returnSlot() {
        return returnSlot;
    }

    int depth() {
        return 1 + caller.map(Frame::depth).orElse(0);
    }

    Value read(Reg reg) {
        return registers.get(reg.number()).orElseThrow(() -> new TrapException(reg + " !read_ok"));
    }

    void write(Reg reg, Value value) {
        write(reg, value, false);
    }

    /** Writes a register. `constant` is true if the number depends only on code. */
    void write(Reg reg, Value value, boolean constant) {
        registers.set(reg.number(), Optional.of(value));
        constants.set(reg.number(), constant);
    }

    /**
     * Returns whether the verifier knows the number in the register. A number that was stored in
     * memory counts as unknown.
     */
    boolean constant(Reg reg) {
        return constants.get(reg.number());
    }

    /** Returns whether the verifier knows the operand. */
    boolean constant(Operand operand) {
        return !(operand instanceof Operand.OfReg reg) || constant(reg.reg());
    }

    /** Marks a register as known after a comparison. */
    void learn(Reg reg) {
        constants.set(reg.number());
    }

    void loseCallerSaved() {
        for (int number = 0; number <= 5; number++) {
            registers.set(number, Optional.empty());
            constants.clear(number);
        }
    }
}
