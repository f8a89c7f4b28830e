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
        /** An immediate shift is not below the width. */
        SHIFT_WIDTH,
        /** A division by the constant zero. */
        DIVISION_BY_ZERO
    }

    @Override
    public String toString() {
        return "slot " + slot + ": " + message;
    }
}
