// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

/**
 * The versions of the instruction set by LLVM's names. The kernel supports them since 3.18, 4.14,
 * 5.1 (atomics that fetch 5.12) and 6.6.
 */
public enum Cpu {
    V1,
    /** Adds the conditions {@code <} and {@code <=}. */
    V2,
    /** Adds 32-bit conditions, and atomics other than plain addition. */
    V3,
    /**
     * Adds signed division, sign-extending moves and loads, unconditional byte swap and
     * {@code gotol}.
     */
    V4;

    /** Returns the lowest version that has this instruction. */
    public static Cpu of(Insn insn) {
        if (insn instanceof Insn.Jump jump) {
            return ofJump(jump);
        }
        if (insn instanceof Insn.Atomic atomic) {
            return atomic.op() == Insn.AtomicOp.ADD && !atomic.fetch() ? V1 : V3;
        }
        return fourth(insn) ? V4 : V1;
    }

    /** Returns whether this version has the instruction. */
    public boolean has(Insn insn) {
        return of(insn).compareTo(this) <= 0;
    }

    private static Cpu ofJump(Insn.Jump jump) {
        if (jump.width() == Width.W) {
            return V3;
        }
        return switch (jump.op()) {
            case LT, LE, SLT, SLE -> V2;
            case EQ, NE, GT, GE, SGT, SGE, SET -> V1;
        };
    }

    private static boolean fourth(Insn insn) {
        return insn instanceof Insn.Alu alu && alu.op().signed()
                || insn instanceof Insn.Mov mov && mov.from() != mov.width()
                || insn instanceof Insn.Load load && load.signed()
                || insn instanceof Insn.Swap swap && swap.op() == Insn.SwapOp.BSWAP
                || insn instanceof Insn.GotoLong;
    }
}
