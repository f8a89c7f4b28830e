// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Range;

/**
 * The code of {@link NumberOp.InRanges}, without a branch. The number minus the range's first
 * value in 32 bits, and then minus the range's size in 64 bits, has its top bit set only for
 * numbers in the range.
 */
final class RangeCode {
    static final Reg RESULT = Reg.R0;
    static final Reg OTHER = Reg.R5;

    private final Assembler assembler;

    RangeCode(Assembler assembler) {
        this.assembler = assembler;
    }

    /**
     * `w0 = number; w0 -= low; r0 -= size`, then for each further range the same in r5 and
     * `r0 ^= r5`, and finally `r0 >>= 63`.
     */
    Assembler emit(NumberOp.InRanges in, Reg number) {
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
