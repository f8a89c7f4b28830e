// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

/** The byte order of the number that {@link Instruction.ReadContext} reads. */
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

    /** Returns the number of low bits that are kept, in network order; 0 for host order. */
    public int bits() {
        return bits;
    }
}
