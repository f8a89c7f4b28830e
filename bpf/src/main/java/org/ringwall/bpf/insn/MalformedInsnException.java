package org.ringwall.bpf.insn;

/** Bytes that are no BPF instruction of RFC 9669, at a slot counted from 0. */
public final class MalformedInsnException extends Exception {
    private static final long serialVersionUID = 1;

    private final int slot;
    private final String problem;

    MalformedInsnException(int slot, String problem) {
        super("slot " + slot + ": " + problem);
        this.slot = slot;
        this.problem = problem;
    }

    /** The 8-byte slot at fault. */
    public int slot() {
        return slot;
    }

    /** What is wrong there, without the slot. */
    public String problem() {
        return problem;
    }
}
