package org.ringwall.compiler.codegen;

import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Range;

/**
 * The code of {@link Instruction.InRanges}, without a branch: of a number less the range's first in 32 bits, and less the range's size in 64,
 * the top bit is 1 for those of the range alone.
 */
final class RangeCode {
    static final Reg RESULT = Reg.R0;
    static final Reg OTHER = Reg.R5;

    private final Assembler assembler;

    RangeCode(Assembler assembler) {
        this.assembler = assembler;
    }

    /** `w0 = number; w0 -= low; r0 -= size`, then for each more the same in r5 and `r0 ^= r5`, and at last `r0 >>= 63`. */
    Assembler emit(Instruction.InRanges in, Reg number) {
        Reg into = RESULT;
        for (Range range : in.ranges()) {
            assembler.mov32(into, number);
            if (range.low() != 0) {
                assembler.alu32(Insn.AluOp.SUB, into, (int) range.low());
            }
            assembler.alu(Insn.AluOp.ADD, into, (int) -range.size());
            if (into == OTHER) {
                assembler.alu(Insn.AluOp.XOR, RESULT, OTHER);
            }
            into = OTHER;
        }
        return assembler.alu(Insn.AluOp.RSH, RESULT, Long.SIZE - 1);
    }
}
