// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import org.ringwall.bpf.insn.Insn.AluOp;
import org.ringwall.bpf.insn.Insn.AtomicOp;
import org.ringwall.bpf.insn.Insn.JumpOp;
import org.ringwall.bpf.insn.Insn.SwapOp;
import org.ringwall.bpf.insn.Width;

/** The operations of RFC 9669 on numbers: total functions, without registers or memory. */
final class Arithmetic {
    private Arithmetic() {}

    /**
     * Returns the result of an arithmetic operation (section 4.1); 32-bit results are
     * zero-extended.
     */
    static long alu(AluOp op, Width width, long left, long right) {
        return width == Width.DW ? alu64(op, left, right) : alu32(op, (int) left, (int) right) & 0xffff_ffffL;
    }

    private static long alu64(AluOp op, long left, long right) {
        return switch (op) {
            case ADD -> left + right;
            case SUB -> left - right;
            case MUL -> left * right;
            case DIV -> right == 0 ? 0 : Long.divideUnsigned(left, right);
            case OR -> left | right;
            case AND -> left & right;
            case LSH -> left << right;
            case RSH -> left >>> right;
            case MOD -> right == 0 ? left : Long.remainderUnsigned(left, right);
            case XOR -> left ^ right;
            case ARSH -> left >> right;
            case SDIV -> right == 0 ? 0 : left / right;
            case SMOD -> right == 0 ? left : left % right;
        };
    }

    private static int alu32(AluOp op, int left, int right) {
        return switch (op) {
            case ADD -> left + right;
            case SUB -> left - right;
            case MUL -> left * right;
            case DIV -> right == 0 ? 0 : Integer.divideUnsigned(left, right);
            case OR -> left | right;
            case AND -> left & right;
            case LSH -> left << right;
            case RSH -> left >>> right;
            case MOD -> right == 0 ? left : Integer.remainderUnsigned(left, right);
            case XOR -> left ^ right;
            case ARSH -> left >> right;
            case SDIV -> right == 0 ? 0 : left / right;
            case SMOD -> right == 0 ? left : left % right;
        };
    }

    static long negate(Width width, long value) {
        return width == Width.DW ? -value : -(int) value & 0xffff_ffffL;
    }

    /** Returns the low `from` bits sign-extended to `width`, and zero-extended from there. */
    static long move(Width width, Width from, long value) {
        long extended = signExtend(from, value);
        return width == Width.DW ? extended : extended & 0xffff_ffffL;
    }

    static long signExtend(Width from, long value) {
        int unused = 64 - from.bits();
        return value << unused >> unused;
    }

    /**
     * Returns the result of a byte swap (section 4.2): a conversion to the host's own order only
     * truncates to the low bits.
     */
    static long swap(SwapOp op, Width width, boolean bigEndian, long value) {
        int unused = 64 - width.bits();
        boolean swaps = switch (op) {
            case LE -> bigEndian;
            case BE -> !bigEndian;
            case BSWAP -> true;
        };
        return swaps ? Long.reverseBytes(value) >>> unused : value << unused >>> unused;
    }

    /**
     * Returns whether a comparison holds (section 4.3); both sides have 64 bits, of which W
     * compares the low 32.
     */
    static boolean holds(JumpOp op, Width width, long left, long right) {
        boolean whole = width == Width.DW;
        long a = whole ? left : (int) left;
        long b = whole ? right : (int) right;
        int unsigned = Long.compareUnsigned(a, b);
        return switch (op) {
            case EQ -> a == b;
            case NE -> a != b;
            case GT -> unsigned > 0;
            case GE -> unsigned >= 0;
            case LT -> unsigned < 0;
            case LE -> unsigned <= 0;
            case SGT -> a > b;
            case SGE -> a >= b;
            case SLT -> a < b;
            case SLE -> a <= b;
            case SET -> (a & b) != 0;
        };
    }

    /**
     * Returns the content of memory after an atomic operation (section 5.3); the caller truncates
     * it to the width.
     */
    static long atomic(AtomicOp op, long old, long operand, boolean expected) {
        return switch (op) {
            case ADD -> old + operand;
            case OR -> old | operand;
            case AND -> old & operand;
            case XOR -> old ^ operand;
            case XCHG -> operand;
            case CMPXCHG -> expected ? operand : old;
        };
    }
}
