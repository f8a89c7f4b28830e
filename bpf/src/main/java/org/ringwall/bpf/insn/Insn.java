package org.ringwall.bpf.insn;

/**
 * One BPF machine instruction with every field resolved (RFC 9669, cpu v1 to v4): the unit that is encoded, decoded,
 * printed, checked and executed. Branch distances are in slots of 8 bytes, counted from the slot after the instruction.
 *
 * <p>A record cannot hold a field that has no encoding: its constructor throws {@link IllegalArgumentException}.
 */
public sealed interface Insn {
    /** Binary operation of {@link Alu}. */
    enum AluOp {
        ADD,
        SUB,
        MUL,
        DIV,
        OR,
        AND,
        LSH,
        RSH,
        MOD,
        XOR,
        ARSH,
        /** Signed division, cpu v4. */
        SDIV,
        /** Signed remainder, cpu v4. */
        SMOD
    }

    /** Byte order operation of {@link Swap}. */
    enum SwapOp {
        /** To little endian; truncates and zero-extends. */
        LE,
        /** To big endian; truncates and zero-extends. */
        BE,
        /** Unconditional byte swap, cpu v4. */
        BSWAP
    }

    /** Condition of {@link Jump}; the `S` forms compare signed, {@code SET} is `dst & src`. */
    enum JumpOp {
        EQ,
        NE,
        GT,
        GE,
        LT,
        LE,
        SGT,
        SGE,
        SLT,
        SLE,
        SET
    }

    /** Read-modify-write of {@link Atomic}. */
    enum AtomicOp {
        ADD,
        OR,
        AND,
        XOR,
        XCHG,
        CMPXCHG
    }

    /** What the 64-bit immediate of {@link LoadImm64} stands for; the ordinal is the encoded src register. */
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
        MAP_IDX_VALUE
    }

    /** `dst = dst op src`, 64 bits wide or, with `width` W, 32 bits and zero-extended. */
    record Alu(AluOp op, Width width, Reg dst, Operand src) implements Insn {
        public Alu {
            Fields.wordOrDouble(width);
            Fields.writable(dst);
        }
    }

    /** `dst = src`; {@code from} narrower than {@code width} sign-extends (cpu v4, register operand only). */
    record Mov(Width width, Width from, Reg dst, Operand src) implements Insn {
        public Mov {
            Fields.wordOrDouble(width);
            Fields.writable(dst);
            Fields.movWidths(width, from, src);
        }
    }

    /** `dst = -dst`. */
    record Neg(Width width, Reg dst) implements Insn {
        public Neg {
            Fields.wordOrDouble(width);
            Fields.writable(dst);
        }
    }

    /** `dst = op(dst)` on the low `width` (H, W or DW) bits. */
    record Swap(SwapOp op, Width width, Reg dst) implements Insn {
        public Swap {
            Fields.swapWidth(width);
            Fields.writable(dst);
        }
    }

    /** `dst = *(width *)(src + off)`, zero-extended or, cpu v4 and narrower than DW, sign-extended. */
    record Load(Width width, boolean signed, Reg dst, Reg src, short off) implements Insn {
        public Load {
            Fields.writable(dst);
            Fields.loadSign(width, signed);
        }
    }

    /** `*(width *)(dst + off) = src`. */
    record Store(Width width, Reg dst, short off, Operand src) implements Insn {}

    /**
     * `*(width *)(dst + off) op= src`; with `fetch` the old value comes back in src (in r0 for CMPXCHG). XCHG and
     * CMPXCHG always fetch.
     */
    record Atomic(AtomicOp op, boolean fetch, Width width, Reg dst, short off, Reg src) implements Insn {
        public Atomic {
            Fields.wordOrDouble(width);
            Fields.atomicFetch(op, fetch, src);
        }
    }

    /** `dst = imm64`, two slots. */
    record LoadImm64(Pseudo pseudo, Reg dst, long value) implements Insn {
        public LoadImm64 {
            Fields.writable(dst);
        }
    }

    /** Legacy packet access `r0 = *(width *)skb[imm]` or, with an index register, `skb[index + imm]`. */
    record LoadPacket(Width width, java.util.Optional<Reg> index, int imm) implements Insn {
        public LoadPacket {
            Fields.packetWidth(width);
        }
    }

    /** `if dst op src goto +off`, comparing 64 or, with `width` W, 32 bits. */
    record Jump(JumpOp op, Width width, Reg dst, Operand src, short off) implements Insn {
        public Jump {
            Fields.wordOrDouble(width);
        }
    }

    /** `goto +off` within 16 bits. */
    record Goto(short off) implements Insn {}

    /** `gotol +off` within 32 bits, cpu v4. */
    record GotoLong(int off) implements Insn {}

    /** `call helper#id`. */
    record CallHelper(int id) implements Insn {}

    /** `call pc+off`, a subprogram of the same object. */
    record CallLocal(int off) implements Insn {}

    /** `call kfunc` by BTF id; `off` indexes fd_array for module BTF. */
    record CallKfunc(int btfId, short off) implements Insn {}

    /** `exit`. */
    record Exit() implements Insn {}

    /** How many 8-byte slots the encoding takes: 2 for {@link LoadImm64}, else 1. */
    default int slots() {
        return this instanceof LoadImm64 ? 2 : 1;
    }
}
