// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.InsnPrinter;
import org.ringwall.bpf.kernel.Helper;

/** Instructions by slot. */
final class Code {
    private static final InsnPrinter PRINTER =
            new InsnPrinter(id -> Helper.of(id).map(Helper::kernelName));

    private final List<Insn> bySlot = new ArrayList<>();
    private final BitSet starts = new BitSet();

    Code(List<Insn> insns) {
        for (Insn insn : insns) {
            starts.set(bySlot.size());
            for (int slot = 0; slot < insn.slots(); slot++) {
                bySlot.add(insn);
            }
        }
    }

    boolean startsAt(int slot) {
        return slot >= 0 && starts.get(slot);
    }

    Insn at(int slot) {
        return bySlot.get(slot);
    }

    /** Returns the slot with its instruction in the form of the verifier's log. */
    String line(int slot) {
        if (!startsAt(slot)) {
            return slot + ":";
        }
        Insn insn = at(slot);
        return "%d: (%02x) %s".formatted(slot, InsnCodec.opcode(insn), PRINTER.print(insn));
    }
}
