// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.compiler.ir.StateFrame;
import org.ringwall.compiler.ir.StringOp;
import org.ringwall.compiler.tables.GlobTable;

/**
 * The code of {@link StringOp.MatchGlobs}: `while ((r3 = string[r4])) { r2 = (r2 & stays[r3]) | (r2
 * << 1 & moves[r3]); if (++r4 == last) break; }`. As in {@link StringWalk}, the verifier knows `r4`
 * in each iteration. It forgets it afterwards, so that it walks what follows once.
 */
final class GlobMatch {
    private static final Reg LENGTH = Reg.R0;
    private static final Reg TABLE = Reg.R1;
    private static final Reg BITS = Reg.R2;
    private static final Reg BYTE = Reg.R3;
    private static final Reg AT = Reg.R4;
    private static final Reg MAY = Reg.R4;
    private static final Reg OTHER = Reg.R5;

    private final Assembler assembler;
    private final StringOp.MatchGlobs match;

    GlobMatch(Assembler assembler, StringOp.MatchGlobs match) {
        this.assembler = assembler;
        this.match = match;
    }

    /** Emits the pass; the length is in this register. */
    Assembler emit(Reg length) {
        StringOp.GlobBits bits = match.bits();
        Label ended = new Label("ended");
        Label open = new Label("open");
        Label done = new Label("done");
        if (length != LENGTH) {
            assembler.mov(LENGTH, length);
        }
        if (!match.cut()) {
            assembler.mov(BITS, 0).jump(Insn.JumpOp.EQ, LENGTH, 0, open);
        }
        assembler.loadImm64(BITS, bits.start());
        if (!match.cut()) {
            assembler.jump(Insn.JumpOp.SLT, LENGTH, 0, open);
        }
        steps(ended);
        if (match.cut()) {
            assembler.jump(Insn.JumpOp.EQ, LENGTH, -Errno.E2BIG.number(), open);
        }
        assembler.bind(ended);
        masked(BITS, bits.last(), 1).mov(MAY, BITS).goTo(done).bind(open);
        // The sum carries into the last bit of each glob of which any other bit is set.
        assembler.loadImm64(MAY, bits.all()).alu(Insn.AluOp.ADD, MAY, BITS);
        masked(MAY, bits.last(), 0);
        masked(BITS, bits.open(), 1).bind(done);
        keep(BITS, StateFrame.MATCHED);
        return keep(MAY, StateFrame.MAY_MATCH);
    }

    private void steps(Label ended) {
        Label next = new Label("next");
        assembler
                .loadSymbol(TABLE, match.table().symbol(), 0)
                .mov(AT, 0)
                .bind(next)
                .mov(BYTE, Reg.R10)
                .alu(Insn.AluOp.ADD, BYTE, AT)
                .load(Width.B, BYTE, BYTE, -match.size())
                .jump(Insn.JumpOp.EQ, BYTE, 0, ended)
                .alu(Insn.AluOp.LSH, BYTE, GlobTable.SCALE)
                .alu(Insn.AluOp.ADD, BYTE, TABLE)
                .load(Width.DW, OTHER, BYTE, 0)
                .load(Width.DW, BYTE, BYTE, GlobTable.MOVES)
                .alu(Insn.AluOp.AND, OTHER, BITS)
                .alu(Insn.AluOp.LSH, BITS, 1)
                .alu(Insn.AluOp.AND, BITS, BYTE)
                .alu(Insn.AluOp.OR, BITS, OTHER)
                .alu(Insn.AluOp.ADD, AT, 1)
                .jump(Insn.JumpOp.NE, AT, match.size() - 1, next);
    }

    /** `register = register << left & mask`. */
    private Assembler masked(Reg register, long mask, int left) {
        if (left > 0) {
            assembler.alu(Insn.AluOp.LSH, register, left);
        }
        return assembler.loadImm64(OTHER, mask).alu(Insn.AluOp.AND, register, OTHER);
    }

    /** Adds the results, each at its place, to those of the words before. */
    private Assembler keep(Reg results, int at) {
        int shift = match.bits().shift();
        if (shift != 0) {
            assembler.alu(shift > 0 ? Insn.AluOp.RSH : Insn.AluOp.LSH, results, Math.abs(shift));
        }
        if (!match.first()) {
            assembler.load(Width.DW, OTHER, Reg.R10, at).alu(Insn.AluOp.OR, results, OTHER);
        }
        return assembler.store(Width.DW, Reg.R10, at, results);
    }
}
