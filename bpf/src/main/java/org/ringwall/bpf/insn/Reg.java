// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

import java.util.List;

/**
 * One of the eleven BPF registers (RFC 9669 section 2); its ordinal is the number in the encoding.
 */
public enum Reg {
    /** The return value of calls and of the program. */
    R0,
    /** The first argument; the context at entry. */
    R1,
    R2,
    R3,
    R4,
    R5,
    /** The first of the four registers that calls preserve. */
    R6,
    R7,
    R8,
    R9,
    /** The read-only frame pointer. */
    R10;

    private static final List<Reg> ALL = List.of(values());

    /** Returns the register with this number, 0..10. */
    public static Reg of(int number) {
        if (number < 0 || number > 10) {
            throw new IllegalArgumentException("no register r" + number);
        }
        return ALL.get(number);
    }

    /** Returns the number in the encoding, 0..10. */
    public int number() {
        return ordinal();
    }

    @Override
    public String toString() {
        return "r" + ordinal();
    }
}
