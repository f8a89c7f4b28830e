// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.nio.ByteOrder;
import java.util.List;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.tables.StringHash;
import org.ringwall.compiler.tables.StringStep;

/**
 * The code of {@link org.ringwall.compiler.ir.StringOp.FindString}. For each step and each of
 * its words, `r = word; r *= *(record + off); sum += r`. Then
 * `sum >>= 64 - bits; sum <<= stride; sum += table` is the next record. For the last record,
 * `r = *(ruler + off); r |= word; r ^= *(record + off); r0 |= r`. The only branches are for the few
 * strings that need another step. A shift gives the verifier the bound of an index.
 */
final class StringSearch {
    private static final Reg ANSWER = Reg.R0;
    private static final Reg WORD = Reg.R1;
    private static final Reg TABLE = Reg.R2;
    private static final Reg FIRST = Reg.R3;
    private static final Reg SECOND = Reg.R4;

    /** The factor of a step's record, and finally the offset of the last record's ruler. */
    private static final Reg FACTOR = Reg.R5;

    /** The largest offset of a load: 16 bits, signed. */
    private static final int FARTHEST = Short.MAX_VALUE;

    private final Assembler assembler;
    private final boolean swaps;
    private final StringHash table;
    private final int size;
    private Reg record = FIRST;

    /** Creates code for a buffer of this many bytes below the frame's end. */
    StringSearch(Assembler assembler, ByteOrder order, StringHash table, int size) {
        this.assembler = assembler;
        this.swaps = order == ByteOrder.BIG_ENDIAN;
        this.table = table;
        this.size = size;
    }

    /** Emits the search. The result is in r0; all registers that a call destroys are written. */
    void emit() {
        assembler.loadSymbol(TABLE, table.symbol(), 0);
        List<StringStep> steps = table.steps();
        first(steps.get(0));
        int at = next(steps.get(0), 1);
        for (int i = 1; i < steps.size(); i++) {
            sum(steps.get(i), at);
            at = next(steps.get(i), i + 1);
        }
        Label found = new Label("found");
        boolean parts = table.wholeWords() < table.words();
        if (parts || !table.overflowSteps().isEmpty()) {
            assembler.load(Width.H, FACTOR, record, at + table.behind());
        }
        for (StringStep step : table.overflowSteps()) {
            assembler.jump(Insn.JumpOp.LT, FACTOR, StringHash.RARE, found);
            Reg fixed = record;
            sum(step, at);
            next(step, steps.size());
            assembler.mov(fixed, record);
            record = fixed;
            assembler.load(Width.H, FACTOR, record, at + table.behind());
        }
        assembler.bind(found);
        if (parts) {
            assembler.alu(Insn.AluOp.AND, FACTOR, table.rulerMask()).alu(Insn.AluOp.ADD, FACTOR, TABLE);
        }
        compare(at);
        answer(at);
    }

    /**
     * Returns the register in which the next record's address is computed: r3 if the record is in
     * r4, and vice versa.
     */
    private Reg sum() {
        return record == FIRST ? SECOND : FIRST;
    }

    private void word(Reg dst, int word) {
        assembler.load(Width.DW, dst, Reg.R10, word * Width.DW.bytes() - size);
    }

    /** Converts a word to a little-endian number. */
    private void number(Reg reg) {
        if (swaps) {
            assembler.swapLe(reg, Width.DW);
        }
    }

    /** Emits the first step, whose only record is in the code. */
    private void first(StringStep step) {
        StringStep.Record only = step.records().get(0);
        for (int i = 0; i < step.words().size(); i++) {
            assembler.loadImm64(FACTOR, only.factors().get(i));
            product(step.words().get(i), i);
        }
    }

    private void sum(StringStep step, int at) {
        int words = step.words().size();
        for (int i = 0; i < words; i++) {
            assembler.load(Width.DW, FACTOR, record, at + i * Width.DW.bytes());
            product(step.words().get(i), i);
        }
        if (step.seeded()) {
            assembler
                    .load(Width.DW, FACTOR, record, at + words * Width.DW.bytes())
                    .alu(Insn.AluOp.ADD, sum(), FACTOR);
        }
    }

    private void product(int word, int i) {
        Reg reg = i == 0 ? sum() : ANSWER;
        word(reg, word);
        number(reg);
        assembler.alu(Insn.AluOp.MUL, reg, FACTOR);
        if (i > 0) {
            assembler.alu(Insn.AluOp.ADD, sum(), ANSWER);
        }
    }

    /** Computes the address of the next step's record, without the offset that is returned. */
    private int next(StringStep step, int next) {
        int stride = table.stride(next);
        assembler
                .alu(Insn.AluOp.RSH, sum(), Long.SIZE - step.bits())
                .alu(Insn.AluOp.LSH, sum(), Integer.numberOfTrailingZeros(stride))
                .alu(Insn.AluOp.ADD, sum(), TABLE);
        record = sum();
        int offset = table.offset(next);
        if (offset + stride <= FARTHEST) {
            return offset;
        }
        assembler.alu(Insn.AluOp.ADD, record, offset);
        return 0;
    }

    /** Sets `r0` to 0 if the string begins with the record's bytes. */
    private void compare(int at) {
        for (int word = 0; word < table.words(); word++) {
            Reg reg = word == 0 ? ANSWER : sum();
            if (word < table.wholeWords()) {
                word(reg, word);
            } else {
                assembler.load(Width.DW, reg, FACTOR, (word - table.wholeWords()) * Width.DW.bytes());
                word(WORD, word);
                assembler.alu(Insn.AluOp.OR, reg, WORD);
            }
            assembler.load(Width.DW, WORD, record, at + word * Width.DW.bytes()).alu(Insn.AluOp.XOR, reg, WORD);
            if (word > 0) {
                assembler.alu(Insn.AluOp.OR, ANSWER, sum());
            }
        }
    }

    /**
     * Sets `r0` to 1 if a bit is set, else to 0; with several classes, to all ones or the class.
     */
    private void answer(int at) {
        assembler.mov(WORD, ANSWER).neg(Width.DW, WORD).alu(Insn.AluOp.OR, ANSWER, WORD);
        if (table.tellsClass()) {
            assembler
                    .alu(Insn.AluOp.ARSH, ANSWER, Long.SIZE - 1)
                    .load(Width.B, WORD, record, at + table.behind() + Width.H.bytes())
                    .alu(Insn.AluOp.OR, ANSWER, WORD)
                    .alu(Insn.AluOp.AND, ANSWER, (1 << table.resultBits()) - 1);
        } else {
            assembler.alu(Insn.AluOp.RSH, ANSWER, Long.SIZE - 1);
        }
    }
}
