// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import java.util.BitSet;
import java.util.List;
import org.ringwall.bpf.insn.Insn;

/**
 * The kinds of memory that each instruction accesses on any path. An instruction that accesses the
 * context may access nothing else.
 */
final class AccessKinds {
    private static final byte PLAIN = 1;
    private static final byte CONTEXT = 2;
    private static final byte SOCKET = 3;
    private static final byte KERNEL = 4;

    private final byte[] kinds;
    private final BitSet contexts = new BitSet();
    private final Report report;

    AccessKinds(int insns, Report report) {
        this.kinds = new byte[insns];
        this.report = report;
    }

    /**
     * Returns the instructions that may access the context, including those that were not walked.
     */
    BitSet contexts(List<Insn> insns) {
        BitSet all = (BitSet) contexts.clone();
        for (int i = 0; i < kinds.length; i++) {
            if (kinds[i] == 0 && (insns.get(i) instanceof Insn.Load || insns.get(i) instanceof Insn.Store)) {
                all.set(i);
            }
        }
        return all;
    }

    void note(int index, int slot, Insn insn, State state) {
        if (insn instanceof Insn.Load load) {
            note(index, slot, state.get(load.src()));
        } else if (insn instanceof Insn.Store store) {
            note(index, slot, state.get(store.dst()));
        } else if (insn instanceof Insn.Atomic atomic) {
            note(index, slot, state.get(atomic.dst()));
        }
    }

    private void note(int index, int slot, Value base) {
        if (base.pointers().isEmpty()) {
            kinds[index] = kinds[index] == 0 ? PLAIN : kinds[index];
        }
        for (Pointer pointer : base.pointers()) {
            byte kind = kind(pointer);
            if (kind == CONTEXT) {
                contexts.set(index);
            }
            if (kinds[index] != 0 && kinds[index] != kind) {
                report.add(VerifierAssertion.POINTER, slot, "accesses different things on different paths");
            }
            kinds[index] = kind;
        }
    }

    private static byte kind(Pointer pointer) {
        if (pointer instanceof Pointer.Context) {
            return CONTEXT;
        } else if (pointer instanceof Pointer.Socket) {
            return SOCKET;
        }
        return pointer instanceof Pointer.KernelStruct ? KERNEL : PLAIN;
    }
}
