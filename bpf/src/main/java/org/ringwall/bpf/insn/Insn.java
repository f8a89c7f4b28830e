// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

import java.util.Optional;

/**
 * A BPF machine instruction with every field resolved (RFC 9669, cpu v1 to v4): the unit that is
 * encoded, decoded, printed, checked and executed. Branch distances are in slots of 8 bytes,
 * counted from the slot after the instruction.
 *
 * <p>A constructor throws {@link IllegalArgumentException} if a field has no encoding.
 */
public sealed interface Insn {
    /** The binary operation of {@link Alu}. */
    enum AluOp {
        ADD(0x00, "+="),
        SUB(0x10, "-="),
        MUL(0x20, "*="),
        DIV(0x30, "/="),
        OR(0x40, "|="),
        AND(0x50, "&="),
        LSH(0x60, "<<="),
        RSH(0x70, ">>="),
        MOD(0x90, "%="),
        XOR(0xa0, "^="),
        ARSH(0xc0, "s>>="),
        /** Signed division, cpu v4; shares its opcode with DIV and sets the offset field to 1. */
        SDIV(0x30, "s/="),
        /** Signed remainder, cpu v4; shares its opcode with MOD and sets the offset field to 1. */
        SMOD(0x90, "s%=");

        private final int code;
        private final String symbol;

        AluOp(int code, String symbol) {
            this.code = code;
            this.symbol = symbol;
        }

        /** Returns the operation bits of the opcode byte. */
        public int code() {
            return code;
        }

        /** Returns the assignment operator of the log notation. */
        public String symbol() {
            return symbol;
        }

        /** Returns whether the operands are signed, which the offset field encodes. */
        public boolean signed() {
            return this == SDIV || this == SMOD;
        }

        /** Returns whether this is a shift, whose immediate must be less than the width. */
        public boolean shift() {
            return this == LSH || this == RSH || this == ARSH;
        }

        /** Returns whether this is a division, whose immediate must not be zero. */
        public boolean divides() {
            return code == DIV.code || code == MOD.code;
        }
    }

    /** The byte order operation of {@link Swap}. */
    enum SwapOp {
        /** To little endian; truncates and zero-extends. */
        LE("le"),
        /** To big endian; truncates and zero-extends. */
        BE("be"),
        /** Unconditional byte swap, cpu v4. */
        BSWAP("bswap");

        private final String symbol;

        SwapOp(String symbol) {
            this.symbol = symbol;
        }

        /** Returns the word before the number of bits in the log notation. */
        public String symbol() {
            return symbol;
        }
    }

    /**
     * The condition of {@link Jump}; the `S` forms compare signed, {@code SET} is
     * {@code dst & src}.
     */
    enum JumpOp {
        EQ(0x10, "=="),
        NE(0x50, "!="),
        GT(0x20, ">"),
        GE(0x30, ">="),
        LT(0xa0, "<"),
        LE(0xb0, "<="),
        SGT(0x60, "s>"),
        SGE(0x70, "s>="),
        SLT(0xc0, "s<"),
        SLE(0xd0, "s<="),
        SET(0x40, "&");

        private final int code;
        private final String symbol;

        JumpOp(int code, String symbol) {
            this.code = code;
            this.symbol = symbol;
        }

        /** Returns the operation bits of the opcode byte. */
        public int code() {
            return code;
        }

        /** Returns the comparison operator of the log notation. */
        public String symbol() {
            return symbol;
        }

        /**
         * Returns the condition that holds exactly if this one does not; empty for {@link #SET}.
         */
        public Optional<JumpOp> inverse() {
            return switch (this) {
                case EQ -> Optional.of(NE);
                case NE -> Optional.of(EQ);
                case GT -> Optional.of(LE);
                case GE -> Optional.of(LT);
                case LT -> Optional.of(GE);
                case LE -> Optional.of(GT);
                case SGT -> Optional.of(SLE);
                case SGE -> Optional.of(SLT);
                case SLT -> Optional.of(SGE);
                case SLE -> Optional.of(SGT);
                case SET -> Optional.empty();
            };
        }
    }

    /** The read-modify-write operation of {@link Atomic}. */
    enum AtomicOp {
        ADD(0x00, "+=", "fetch_add"),
        OR(0x40, "|=", "fetch_or"),
        AND(0x50, "&=", "fetch_and"),
        XOR(0xa0, "^=", "fetch_xor"),
        XCHG(0xe0, "xchg", "xchg"),
        CMPXCHG(0xf0, "cmpxchg", "cmpxchg");

        private final int code;
        private final String symbol;
        private final String fetchName;

        AtomicOp(int code, String symbol, String fetchName) {
            this.code = code;
            this.symbol = symbol;
            this.fetchName = fetchName;
        }

        /** Returns the operation bits of the immediate, without the fetch bit. */
        public int code() {
            return code;
        }

        /** Returns the assignment operator of the form that does not fetch. */
        public String symbol() {
            return symbol;
        }

        /** Returns the end of the function name, in the log notation, of the form that fetches. */
        public String fetchName() {
            return fetchName;
        }

        /** Returns whether this exists only in the form that fetches. */
        public boolean exchanges() {
            return this == XCHG || this == CMPXCHG;
        }
    }

    /**
     * The meaning of the 64-bit immediate of {@link LoadImm64}; the ordinal is the encoded src
     * register.
     */
    enum Pseudo {
        /** A plain 64-bit value. */
        VALUE,
        /** Map by file descriptor. */
        MAP_FD,
        /** Address in the value of an array map: low word the descriptor, high word the offset. */
        MAP_VALUE,
        /** Address of a kernel variable by BTF id. */
        BTF_ID,
        /** Address of a subprogram. */
        FUNC,
        /** Map by index into fd_array. */
        MAP_IDX,
        /** Address in a map value by index into fd_array. */
        MAP_IDX_VALUE;

        /** Returns whether the high word has no meaning and stays zero. */
        public boolean lowWordOnly() {
            return this == MAP_FD || this == FUNC || this == MAP_IDX;
        }
    }

    /** `dst = dst op src`, 64 bits wide or, with `width` W, 32 bits and zero-extended. */
    record Alu(AluOp op, Width width, Reg dst, Operand src) implements Insn {
        public Alu {
            Fields.wordOrDouble(width);
            Fields.writable(dst);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.alu(this);
        }
    }

    /**
     * `dst = src`; {@code from} narrower than {@code width} sign-extends (cpu v4, register operand
     * only).
     */
    record Mov(Width width, Width from, Reg dst, Operand src) implements Insn {
        public Mov {
            Fields.wordOrDouble(width);
            Fields.writable(dst);
            Fields.movWidths(width, from, src);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.mov(this);
        }
    }

    /** `dst = -dst`. */
    record Neg(Width width, Reg dst) implements Insn {
        public Neg {
            Fields.wordOrDouble(width);
            Fields.writable(dst);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.neg(this);
        }
    }

    /** `dst = op(dst)` on the low `width` (H, W or DW) bits. */
    record Swap(SwapOp op, Width width, Reg dst) implements Insn {
        public Swap {
            Fields.swapWidth(width);
            Fields.writable(dst);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.swap(this);
        }
    }

    /**
     * `dst = *(width *)(src + off)`, zero-extended or, cpu v4 and narrower than DW, sign-extended.
     */
    record Load(Width width, boolean signed, Reg dst, Reg src, short off) implements Insn {
        public Load {
            Fields.writable(dst);
            Fields.loadSign(width, signed);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.load(this);
        }
    }

    /** `*(width *)(dst + off) = src`. */
    record Store(Width width, Reg dst, short off, Operand src) implements Insn {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.store(this);
        }
    }

    /**
     * `*(width *)(dst + off) op= src`; with `fetch` the old value is returned in src (in r0 for
     * CMPXCHG). XCHG and CMPXCHG always fetch.
     */
    record Atomic(AtomicOp op, boolean fetch, Width width, Reg dst, short off, Reg src) implements Insn {
        public Atomic {
            Fields.wordOrDouble(width);
            Fields.atomicFetch(op, fetch, src);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.atomic(this);
        }
    }

    /**
     * `dst = imm64`, two slots. The low word contains descriptors and indices, and the distance of
     * FUNC, in slots from the second slot of this load. Forms that use only the low word have a
     * zero high word.
     */
    record LoadImm64(Pseudo pseudo, Reg dst, long value) implements Insn {
        public LoadImm64 {
            Fields.writable(dst);
            Fields.highWord(pseudo, value);
        }

        /** Returns bits 0 to 31, the immediate of the first slot. */
        public int low() {
            return (int) value;
        }

        /** Returns bits 32 to 63, the immediate of the second slot. */
        public int high() {
            return (int) (value >>> 32);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.loadImm64(this);
        }
    }

    /**
     * Legacy packet access `r0 = *(width *)skb[imm]` or, with an index register,
     * `skb[index + imm]`.
     */
    record LoadPacket(Width width, Optional<Reg> index, int imm) implements Insn {
        public LoadPacket {
            Fields.packetWidth(width);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.loadPacket(this);
        }
    }

    /** `if dst op src goto +off`, comparing 64 or, with `width` W, 32 bits. */
    record Jump(JumpOp op, Width width, Reg dst, Operand src, short off) implements Insn {
        public Jump {
            Fields.wordOrDouble(width);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.jump(this);
        }
    }

    /** `goto +off` within 16 bits. */
    record Goto(short off) implements Insn {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.goTo(this);
        }
    }

    /** `gotol +off` within 32 bits, cpu v4. */
    record GotoLong(int off) implements Insn {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.goToLong(this);
        }
    }

    /** `call helper#id`. */
    record CallHelper(int id) implements Insn {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.callHelper(this);
        }
    }

    /** `call pc+off`, a subprogram of the same object. */
    record CallLocal(int off) implements Insn {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.callLocal(this);
        }
    }

    /** `call kfunc` by BTF id; `off` indexes fd_array for module BTF. */
    record CallKfunc(int btfId, short off) implements Insn {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.callKfunc(this);
        }
    }

    /** `exit`. */
    record Exit() implements Insn {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.exit(this);
        }
    }

    /**
     * An operation on each kind of instruction. There are no default methods, so that the compiler
     * finds visitors that lack a new kind.
     */
    interface Visitor<R> {
        /** Visits {@link Alu}. */
        R alu(Alu insn);

        /** Visits {@link Mov}. */
        R mov(Mov insn);

        /** Visits {@link Neg}. */
        R neg(Neg insn);

        /** Visits {@link Swap}. */
        R swap(Swap insn);

        /** Visits {@link Load}. */
        R load(Load insn);

        /** Visits {@link Store}. */
        R store(Store insn);

        /** Visits {@link Atomic}. */
        R atomic(Atomic insn);

        /** Visits {@link LoadImm64}. */
        R loadImm64(LoadImm64 insn);

        /** Visits {@link LoadPacket}. */
        R loadPacket(LoadPacket insn);

        /** Visits {@link Jump}. */
        R jump(Jump insn);

        /** Visits {@link Goto}. */
        R goTo(Goto insn);

        /** Visits {@link GotoLong}. */
        R goToLong(GotoLong insn);

        /** Visits {@link CallHelper}. */
        R callHelper(CallHelper insn);

        /** Visits {@link CallLocal}. */
        R callLocal(CallLocal insn);

        /** Visits {@link CallKfunc}. */
        R callKfunc(CallKfunc insn);

        /** Visits {@link Exit}. */
        R exit(Exit insn);
    }

    /** Calls the method of `visitor` for this kind. */
    <R> R accept(Visitor<R> visitor);

    /**
     * Returns this offset as the 16-bit field.
     *
     * @throws IllegalArgumentException if it does not fit
     */
    static short offset(int value) {
        if (value != (short) value) {
            throw new IllegalArgumentException("offset " + value + " does not fit 16 bits");
        }
        return (short) value;
    }

    /** Returns how many 8-byte slots the encoding takes: 2 for {@link LoadImm64}, else 1. */
    default int slots() {
        return this instanceof LoadImm64 ? 2 : 1;
    }
}
