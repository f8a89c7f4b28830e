// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.flow;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;

/** Instructions by index in the list and by slot. */
final class Code {
    private final List<Insn> insns;
    private final int[] slots;
    private final int[] byTarget;

    Code(List<Insn> insns) {
        this.insns = List.copyOf(insns);
        this.slots = new int[this.insns.size()];
        this.byTarget = new int[InsnCodec.slots(this.insns)];
        Arrays.fill(byTarget, -1);
        int slot = 0;
        for (int i = 0; i < slots.length; i++) {
            slots[i] = slot;
            byTarget[slot] = i;
            slot += this.insns.get(i).slots();
        }
    }

    List<Insn> insns() {
        return insns;
    }

    int size() {
        return slots.length;
    }

    Insn insn(int index) {
        return insns.get(index);
    }

    int slot(int index) {
        return slots[index];
    }

    int endSlot() {
        return byTarget.length;
    }

    /**
     * Returns the index of the instruction that begins at this slot; empty outside of the code and
     * at the second slot of a wide load.
     */
    OptionalInt at(long slot) {
        boolean begins = slot >= 0 && slot < byTarget.length && byTarget[(int) slot] >= 0;
        return begins ? OptionalInt.of(byTarget[(int) slot]) : OptionalInt.empty();
    }

    /** Returns the slot at this distance from the slot after the first slot of this instruction. */
    long target(int index, int distance) {
        return slots[index] + 1L + distance;
    }
}
