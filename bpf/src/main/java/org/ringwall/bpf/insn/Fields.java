// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

/** Field checks that reject instructions without an encoding. */
final class Fields {
    private Fields() {}

    static void wordOrDouble(Width width) {
        require(width == Width.W || width == Width.DW, "operations are 32 or 64 bits wide");
    }

    static void writable(Reg dst) {
        require(dst != Reg.R10, "r10 is read-only");
    }

    static void movWidths(Width width, Width from, Operand src) {
        boolean plain = from == width;
        boolean extending = from.bytes() < width.bytes() && src instanceof Operand.OfReg;
        require(plain || extending, "a move extends a narrower register or copies the full width");
    }

    static void swapWidth(Width width) {
        require(width != Width.B, "a byte has no order");
    }

    static void loadSign(Width width, boolean signed) {
        require(!signed || width != Width.DW, "a 64-bit load has nothing to extend");
    }

    static void atomicFetch(Insn.AtomicOp op, boolean fetch, Reg src) {
        require(fetch || !op.exchanges(), "an exchange always fetches");
        require(!(fetch && op != Insn.AtomicOp.CMPXCHG && src == Reg.R10), "r10 is read-only");
    }

    static void highWord(Insn.Pseudo pseudo, long value) {
        require(!pseudo.lowWordOnly() || value >>> 32 == 0, "the high word of " + pseudo + " is reserved");
    }

    static void packetWidth(Width width) {
        require(width != Width.DW, "packet loads are 1, 2 or 4 bytes wide");
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
