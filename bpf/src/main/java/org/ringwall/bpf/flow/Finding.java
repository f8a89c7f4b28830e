// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.flow;

/** A structural error of the instruction at `slot`. */
public record Finding(int slot, Kind kind, String message) {
    /** The violated requirement. */
    public enum Kind {
        /** The target of a jump or call is not the start of an instruction. */
        JUMP_TARGET,
        /** Control runs past the last instruction of the code or of a subprogram. */
        FALLS_OFF,
        /** A jump leads from one subprogram into another. */
        LEAVES_SUBPROGRAM,
        /** The instruction is unreachable. */
        UNREACHABLE,
        /** An immediate shift is not less than the width. */
        SHIFT_WIDTH,
        /** A division by the constant zero. */
        DIVISION_BY_ZERO
    }

    @Override
    public String toString() {
        return "slot " + slot + ": " + message;
    }
}
