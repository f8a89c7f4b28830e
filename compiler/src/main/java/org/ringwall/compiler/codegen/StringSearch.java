package org.ringwall.compiler.codegen;

import java.nio.ByteOrder;
import java.util.List;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.table.StringHash;
import org.ringwall.compiler.table.StringStep;

/**
 * The code of {@link org.ringwall.compiler.ir.Instruction.FindString}. For each step and each of its words `r = word; r *= *(record + off); sum += r`, then `sum
 * >>= 64 - bits; sum <<= stride; sum += table` is the next record; of the last one `r = *(ruler + off); r |= word; r ^= *(record + off); r0 |= r`. There is no branch
 * but where few strings need another step. A shift tells the verifier how large a place is at most.
 */
final class StringSearch {
    private static final Reg ANSWER = Reg.R0;
    private static final Reg WORD = Reg.R1;
    private static final Reg TABLE = Reg.R2;
    private static final Reg FIRST = Reg.R3;
    private static final Reg SECOND = Reg.R4;

    /** The factor of a step's record, and where the last one's ruler lies. */
    private static final Reg FACTOR = Reg.R5;

    /** The greatest offset of a load: 16 bits, signed. */
    private static final int FARTHEST = Short.MAX_VALUE;

    private final Assembler assembler;
    private final boolean swaps;
    private final StringHash table;
    private final int size;
    private Reg record = FIRST;

    /** Of a buffer of so many bytes below the frame's end. */
    StringSearch(Assembler assembler, ByteOrder order, StringHash table, int size) {
        this.assembler = assembler;
        this.swaps = order == ByteOrder.BIG_ENDIAN;
        this.table = table;
        this.size = size;
    }

    /** With the answer in r0; all registers that a call destroys are written. */
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
        if (parts || !table.rare().isEmpty()) {
            assembler.load(Width.H, FACTOR, record, at + table.behind());
        }
        for (StringStep step : table.rare()) {
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

    /** What the next record's address grows from: r3 where the record is in r4, and the other way round. */
    private Reg sum() {
        return record == FIRST ? SECOND : FIRST;
    }

    private void word(Reg dst, int word) {
        assembler.load(Width.DW, dst, Reg.R10, word * Width.DW.bytes() - size);
    }

    /** As a little-endian number. */
    private void number(Reg reg) {
        if (swaps) {
            assembler.swapLe(reg, Width.DW);
        }
    }

    /** The only record of the first step is in the code. */
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

    /** The address of the next step's record but for the offset that is given back. */
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

    /** `r0` is 0 if the string begins so. */
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

    /** 1 where a bit is set, else 0; of several classes all ones, or the class. */
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
