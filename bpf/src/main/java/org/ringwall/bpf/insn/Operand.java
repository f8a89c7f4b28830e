// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

/**
 * The source of an instruction: a register, or a signed 32-bit immediate (sign-extended in 64-bit
 * operations).
 */
public sealed interface Operand {
    /** The instruction reads `reg`. */
    record OfReg(Reg reg) implements Operand {
        @Override
        public String toString() {
            return reg.toString();
        }
    }

    /** The instruction carries the value. */
    record OfImm(int value) implements Operand {
        @Override
        public String toString() {
            return Integer.toString(value);
        }
    }

    /** Returns a register operand. */
    static Operand of(Reg reg) {
        return new OfReg(reg);
    }

    /** Returns an immediate operand. */
    static Operand of(int value) {
        return new OfImm(value);
    }
}
