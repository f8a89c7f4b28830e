package org.ringwall.compiler.tidy;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bpf.asm.CodeElement;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/** `r0 &= mask; if r0 != 0 goto a` becomes `if r0 & mask goto a` where nobody needs r0 any more: a bitmap and a mask end so. */
final class TestBits {
    private TestBits() {}

    static Code apply(Code code) {
        if (!code.anyJump(jump -> tests(code, jump))) {
            return code;
        }
        List<Item> kept = new ArrayList<>(code.size());
        for (int i = 0; i < code.size(); i++) {
            if (i + 1 < code.size() && tests(code, i + 1)) {
                Insn.Alu mask = (Insn.Alu) ((CodeElement.Plain) code.at(i).element()).insn();
                CodeElement.Branch branch = (CodeElement.Branch) code.at(i + 1).element();
                kept.add(Item.of(
                        new CodeElement.Branch(Insn.JumpOp.SET, Width.DW, Reg.R0, mask.src(), branch.target())));
                i++;
            } else {
                kept.add(code.at(i));
            }
        }
        return code.with(kept);
    }

    /** Whether the instruction asks for bits that the one before it masks, and nobody else does. */
    private static boolean tests(Code code, int place) {
        return place > 0
                && code.at(place).element() instanceof CodeElement.Branch branch
                && isNotZero(branch)
                && code.at(place - 1).element() instanceof CodeElement.Plain plain
                && isMask(plain.insn())
                && code.isFree(place + 1)
                && code.isFree(code.target(place));
    }

    private static boolean isMask(Insn insn) {
        return insn instanceof Insn.Alu alu
                && alu.op() == Insn.AluOp.AND
                && alu.width() == Width.DW
                && alu.dst() == Reg.R0
                && alu.src() instanceof Operand.OfImm;
    }

    private static boolean isNotZero(CodeElement.Branch branch) {
        return branch.op() == Insn.JumpOp.NE
                && branch.width() == Width.DW
                && branch.dst() == Reg.R0
                && branch.src().equals(Operand.of(0));
    }
}
