package org.ringwall.bpf.flow;

/** What is wrong with the instruction at `slot`. */
public record Finding(int slot, Kind kind, String message) {
    /** The demand that is not met. */
    public enum Kind {
        /** A jump or call leads where no instruction begins. */
        JUMP_TARGET,
        /** Control runs past the last instruction of the code or of a subprogram. */
        FALLS_OFF,
        /** A jump leads from one subprogram into another. */
        LEAVES_SUBPROGRAM,
        /** No way leads here. */
        UNREACHABLE,
        /** A register is read that some way here does not set. */
        UNSET_REGISTER,
        /** A byte of the stack is read that some way here does not set. */
        UNSET_STACK,
        /** An access off the frame pointer is not within its 512 bytes. */
        OUT_OF_FRAME,
        /** An immediate shift is not below the width. */
        SHIFT_WIDTH,
        /** A division by the constant zero. */
        DIVISION_BY_ZERO,
        /** An access through the context pointer after it was changed. */
        MODIFIED_CONTEXT
    }

    @Override
    public String toString() {
        return "slot " + slot + ": " + message;
    }
}
