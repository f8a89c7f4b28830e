// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.compiler.ir.StringOp;
import org.ringwall.compiler.tables.StringTable;

/**
 * The code that runs an automaton byte by byte: `while ((r3 = string[r4])) { r5 = rows[r5 +
 * symbols[r3]]; if (r5 >= settled || ++r4 == last) goto whole;
 * }`. The verifier walks every iteration and knows `r4` in each, so that every access of the stack
 * has a constant offset; before 5.12 it accepts no others. The mask keeps the row inside the table.
 */
final class StringWalk {
    /**
     * The final row, with {@link StringTable#cutBit} if the string continues beyond the known part.
     */
    static final Reg ROW = Reg.R5;

    private static final Reg LENGTH = Reg.R0;
    private static final Reg TABLE = Reg.R1;
    private static final Reg BYTE = Reg.R3;
    private static final Reg AT = Reg.R4;

    private final Assembler assembler;
    private final StringOp.WalkString walk;

    StringWalk(Assembler assembler, StringOp.WalkString walk) {
        this.assembler = assembler;
        this.walk = walk;
    }

    /** Emits the loop; the length is in r0. */
    void emit() {
        StringTable table = walk.table();
        Label next = new Label("next");
        Label whole = new Label("whole");
        Label done = new Label("done");
        assembler
                .loadSymbol(TABLE, table.symbol(), 0)
                .mov(ROW, walk.row())
                .mov(AT, walk.from())
                .bind(next)
                .mov(BYTE, Reg.R10)
                .alu(Insn.AluOp.ADD, BYTE, AT)
                .load(Width.B, BYTE, BYTE, -walk.size())
                .jump(Insn.JumpOp.EQ, BYTE, 0, done);
        step(table);
        if (table.settled() < table.cutBit()) {
            assembler.jump(Insn.JumpOp.GE, ROW, table.settled(), whole);
        }
        assembler
                .alu(Insn.AluOp.ADD, AT, 1)
                .jump(Insn.JumpOp.NE, AT, walk.size() - 1, next)
                .bind(whole)
                .jump(Insn.JumpOp.NE, LENGTH, -Errno.E2BIG.number(), done)
                .alu(Insn.AluOp.OR, ROW, table.cutBit())
                .bind(done);
    }

    private void step(StringTable table) {
        assembler.alu(Insn.AluOp.ADD, BYTE, TABLE).load(Width.B, BYTE, BYTE, 0);
        if (!table.isScaled()) {
            assembler.alu(Insn.AluOp.LSH, BYTE, StringTable.SCALE);
        }
        assembler
                .alu(Insn.AluOp.ADD, ROW, BYTE)
                .alu(Insn.AluOp.AND, ROW, table.cutBit() - Width.W.bytes())
                .alu(Insn.AluOp.ADD, ROW, TABLE)
                .load(Width.W, ROW, ROW, StringTable.ROWS);
    }
}
