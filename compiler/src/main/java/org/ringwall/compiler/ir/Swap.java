// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import org.ringwall.bpf.insn.Width;

/** The conversion of a number that {@link Op.Load} reads. */
public enum Swap {
    /** Host order. */
    NONE(0),
    BE16(16),
    BE32(32),
    BE64(64);

    private final int bits;

    Swap(int bits) {
        this.bits = bits;
    }

    /** Returns the conversion of a whole number in network order; none of a byte. */
    public static Swap of(Width width) {
        return switch (width) {
            case B -> NONE;
            case H -> BE16;
            case W -> BE32;
            case DW -> BE64;
        };
    }

    /** Returns the number of low bits that are kept, in network order; 0 for host order. */
    public int bits() {
        return bits;
    }
}
