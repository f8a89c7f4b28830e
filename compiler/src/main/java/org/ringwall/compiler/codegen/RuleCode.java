// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.tables.RuleRows;

/** Code that finds the first of many rules by their bits. */
final class RuleCode {
    /** The register for the address of a table. */
    static final Reg TABLE = Reg.R2;

    private RuleCode() {}

    /**
     * `dst &= rows - 1; dst *= stride; r2 = table; dst += r2`: the mask gives the verifier the
     * bound of the row.
     */
    static Assembler row(Assembler assembler, Reg dst, RuleRows table) {
        int stride = table.stride();
        assembler.alu(Insn.AluOp.AND, dst, table.rows() - 1);
        if (Integer.bitCount(stride) == 1) {
            assembler.alu(Insn.AluOp.LSH, dst, Integer.numberOfTrailingZeros(stride));
        } else {
            assembler.alu(Insn.AluOp.MUL, dst, stride);
        }
        return assembler.loadSymbol(TABLE, table.symbol(), 0).alu(Insn.AluOp.ADD, dst, TABLE);
    }

    /** `dst = of; dst = -dst; dst &= of`. */
    static Assembler lowest(Assembler assembler, Reg dst, Reg of) {
        return assembler.mov(dst, of).neg(Width.DW, dst).alu(Insn.AluOp.AND, dst, of);
    }
}
