// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

/** Thrown for bytes that are not a BPF instruction of RFC 9669, at a slot counted from 0. */
public final class MalformedInsnException extends Exception {
    private static final long serialVersionUID = 1;

    private final int slot;
    private final String problem;

    MalformedInsnException(int slot, String problem) {
        super("slot " + slot + ": " + problem);
        this.slot = slot;
        this.problem = problem;
    }

    /** Returns the 8-byte slot at fault. */
    public int slot() {
        return slot;
    }

    /** Returns the problem, without the slot. */
    public String problem() {
        return problem;
    }
}
