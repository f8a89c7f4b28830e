// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.nio.ByteOrder;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.ir.StringOp;

/**
 * Code that finds the end of the string in the buffer and reads the bytes before it. Both access
 * words at multiples of 8, because the verifier accepts no other access of the stack
 * (check_ptr_alignment in kernel/bpf/verifier.c). A loop counts to the word with the end. On each
 * exit of the loop the verifier therefore knows which word that is, and every access has a constant
 * offset; before 5.12 it accepts no others. Offsets are added, because older kernels know nothing
 * about the result of other operations on two registers (adjust_scalar_min_max_vals).
 */
final class StringEnd {
    /** The registers that finding the end destroys. */
    static final Set<Reg> FOUND =
            Collections.unmodifiableSet(EnumSet.of(Reg.R0, Reg.R1, Reg.R2, Reg.R3, Reg.R4, Reg.R5));

    /** The registers that {@link #read} destroys. */
    static final Set<Reg> READ = Collections.unmodifiableSet(EnumSet.of(Reg.R0, Reg.R4, Reg.R5));

    /** The largest shift of a word by whole bytes. */
    static final int MOST_SHIFT = 56;

    private static final long ONES = 0x0101_0101_0101_0101L;

    /** The product of 2^(8n) and this constant has n in its three highest bits. */
    private static final long PLACES = 0x0020_4060_80a0_c0e0L;

    private final Assembler assembler;
    private final ByteOrder order;

    StringEnd(Assembler assembler, ByteOrder order) {
        this.assembler = assembler;
        this.order = order;
    }

    /** Sets `r0` to the index of the NUL. */
    void find(StringOp.FindEnd find, Optional<Reg> length) {
        if (length.isPresent()) {
            fromLength(find, length.get());
        } else {
            sought(find);
        }
        for (int off = -find.before(); off < 0; off += Width.DW.bytes()) {
            assembler.store(Width.DW, Reg.R10, off - find.size(), 0);
        }
    }

    /**
     * `r1 = length; r2 = r1 >> 3; r0 = …; while (r0 != r2 && ++r0 != words); r0 = (r0 << 3) + (r1 &
     * 7)`.
     */
    private void fromLength(StringOp.FindEnd find, Reg length) {
        Label next = new Label("next");
        Label found = new Label("found");
        if (length != Reg.R1) {
            assembler.mov(Reg.R1, length);
        }
        assembler
                .mov(Reg.R2, Reg.R1)
                .alu(Insn.AluOp.RSH, Reg.R2, 3)
                .alu(Insn.AluOp.AND, Reg.R1, Width.DW.bytes() - 1)
                .mov(Reg.R0, find.from() / Width.DW.bytes())
                .bind(next)
                .jump(Insn.JumpOp.EQ, Reg.R0, Reg.R2, found)
                .alu(Insn.AluOp.ADD, Reg.R0, 1)
                .jump(Insn.JumpOp.NE, Reg.R0, find.size() / Width.DW.bytes(), next)
                .bind(found)
                .alu(Insn.AluOp.LSH, Reg.R0, 3)
                .alu(Insn.AluOp.ADD, Reg.R0, Reg.R1);
    }

    /**
     * Seeks the NUL. There is always one, but the verifier does not know it: the fallback is an
     * index in the buffer.
     */
    private void sought(StringOp.FindEnd find) {
        seek(0, find.size(), find.from(), find.from() / Width.DW.bytes());
    }

    /** Sets `r0` to the index of the byte. */
    void find(StringOp.FindByte find) {
        seek(find.value(), find.size(), find.from(), find.size() / Width.DW.bytes());
    }

    /** `r3 = ones; r4 = ones << 7`. */
    static Assembler ones(Assembler assembler) {
        return assembler.loadImm64(Reg.R3, ONES).mov(Reg.R4, Reg.R3).alu(Insn.AluOp.LSH, Reg.R4, 7);
    }

    /** `found = word - ones & ~word & ones << 7`, after {@link #ones}; the word is destroyed. */
    static Assembler zeros(Assembler assembler, Reg found, Reg word) {
        return assembler
                .mov(found, word)
                .alu(Insn.AluOp.SUB, found, Reg.R3)
                .alu(Insn.AluOp.XOR, word, -1)
                .alu(Insn.AluOp.AND, found, word)
                .alu(Insn.AluOp.AND, found, Reg.R4);
    }

    /**
     * Emits the search for a byte. In a word minus {@link #ONES}, the lowest byte whose top bit is
     * set and was not set before was 0. The loop computes `r1 = word - ones & ~word & ones << 7`
     * until that is not 0; its lowest bit shows which byte matches. Before that, the word is XORed
     * with the value that is sought, and bytes before `from` are set. Without a match, `r0` is 8
     * times `none`.
     */
    private void seek(int value, int size, int from, int none) {
        Label next = new Label("next");
        Label found = new Label("found");
        int first = from / Width.DW.bytes();
        int skipped = value == 0 ? 0 : from % Width.DW.bytes();
        ones(assembler);
        if (skipped > 0) {
            assembler.loadImm64(Reg.R5, (1L << skipped * Byte.SIZE) - 1);
        }
        assembler
                .mov(Reg.R0, first)
                .bind(next)
                .mov(Reg.R1, Reg.R0)
                .alu(Insn.AluOp.LSH, Reg.R1, 3)
                .alu(Insn.AluOp.ADD, Reg.R1, Reg.R10);
        word(Reg.R2, Reg.R1, -size);
        if (value != 0) {
            assembler.mov(Reg.R1, Reg.R3).alu(Insn.AluOp.MUL, Reg.R1, value).alu(Insn.AluOp.XOR, Reg.R2, Reg.R1);
        }
        if (skipped > 0) {
            assembler.alu(Insn.AluOp.OR, Reg.R2, Reg.R5).mov(Reg.R5, 0);
        }
        zeros(assembler, Reg.R1, Reg.R2)
                .jump(Insn.JumpOp.NE, Reg.R1, 0, found)
                .alu(Insn.AluOp.ADD, Reg.R0, 1)
                .jump(Insn.JumpOp.NE, Reg.R0, size / Width.DW.bytes(), next)
                .mov(Reg.R0, none)
                .bind(found)
                .mov(Reg.R2, Reg.R1)
                .neg(Width.DW, Reg.R2)
                .alu(Insn.AluOp.AND, Reg.R1, Reg.R2)
                .alu(Insn.AluOp.RSH, Reg.R1, 7)
                .loadImm64(Reg.R2, PLACES)
                .alu(Insn.AluOp.MUL, Reg.R1, Reg.R2)
                .alu(Insn.AluOp.RSH, Reg.R1, Long.SIZE - 3)
                .alu(Insn.AluOp.LSH, Reg.R0, 3)
                .alu(Insn.AluOp.ADD, Reg.R0, Reg.R1);
    }

    /**
     * Sets `r0` to the bytes at the offset: the upper bytes of one word and the lower ones of the
     * next.
     */
    void read(StringOp.ReadEnd read, Reg place, Reg shift) {
        int at = -read.size() - read.back();
        word(Reg.R0, place, at - Width.DW.bytes());
        assembler.alu(Insn.AluOp.RSH, Reg.R0, shift);
        word(Reg.R5, place, at);
        assembler
                .mov(Reg.R4, shift)
                .alu(Insn.AluOp.XOR, Reg.R4, MOST_SHIFT)
                .alu(Insn.AluOp.LSH, Reg.R5, Reg.R4)
                .alu(Insn.AluOp.LSH, Reg.R5, Byte.SIZE)
                .alu(Insn.AluOp.OR, Reg.R0, Reg.R5);
        if (read.bytes() < Width.DW.bytes()) {
            assembler.alu(Insn.AluOp.RSH, Reg.R0, Long.SIZE - read.bytes() * Byte.SIZE);
        }
    }

    /** `dst = le64 *(u64 *)(src + off)`. */
    private void word(Reg dst, Reg src, int off) {
        assembler.load(Width.DW, dst, src, off);
        if (order == ByteOrder.BIG_ENDIAN) {
            assembler.swapLe(dst, Width.DW);
        }
    }
}
