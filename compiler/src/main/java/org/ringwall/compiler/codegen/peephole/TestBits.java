// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen.peephole;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.asm.CodeElement;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/**
 * Replaces `r0 &= mask; if r0 != 0 goto a` by `if r0 & mask goto a`, and `r0 >>= 63; if r0 != 0
 * goto a` by `if r0 s< 0 goto a`, if r0 is dead afterwards. Bitmaps and masks end in the first
 * sequence, results in the top bit in the second.
 */
final class TestBits {
    private static final Operand ZERO = Operand.of(0);

    private TestBits() {}

    static Code apply(Code code) {
        if (!code.anyJump(jump -> tested(code, jump).isPresent())) {
            return code;
        }
        List<Item> kept = new ArrayList<>(code.size());
        for (int i = 0; i < code.size(); i++) {
            Optional<CodeElement.Branch> tested = i + 1 < code.size() ? tested(code, i + 1) : Optional.empty();
            kept.add(tested.map(Item::of).orElse(code.at(i)));
            i += tested.isPresent() ? 1 : 0;
        }
        return code.with(kept);
    }

    /**
     * Returns the branch that tests the bits directly; empty if the instruction before it does not
     * isolate bits of r0, or if r0 is live.
     */
    private static Optional<CodeElement.Branch> tested(Code code, int place) {
        boolean tests = place > 0
                && code.at(place).element() instanceof CodeElement.Branch branch
                && branch.width() == Width.DW
                && branch.dst() == Reg.R0
                && branch.src().equals(ZERO)
                && code.at(place - 1).element() instanceof CodeElement.Plain
                && code.isFree(place + 1)
                && code.isFree(code.target(place));
        return tests
                ? tested(
                        (CodeElement.Branch) code.at(place).element(),
                        ((CodeElement.Plain) code.at(place - 1).element()).insn())
                : Optional.empty();
    }

    private static Optional<CodeElement.Branch> tested(CodeElement.Branch branch, Insn before) {
        boolean bits = before instanceof Insn.Alu alu
                && alu.width() == Width.DW
                && alu.dst() == Reg.R0
                && alu.src() instanceof Operand.OfImm;
        if (!bits) {
            return Optional.empty();
        }
        Insn.Alu alu = (Insn.Alu) before;
        if (alu.op() == Insn.AluOp.AND && branch.op() == Insn.JumpOp.NE) {
            return Optional.of(new CodeElement.Branch(Insn.JumpOp.SET, Width.DW, Reg.R0, alu.src(), branch.target()));
        } else if (alu.op() == Insn.AluOp.RSH && alu.src().equals(Operand.of(Long.SIZE - 1))) {
            return sign(branch.op()).map(op -> new CodeElement.Branch(op, Width.DW, Reg.R0, ZERO, branch.target()));
        }
        return Optional.empty();
    }

    /** Returns the signed comparison that tests the top bit. */
    private static Optional<Insn.JumpOp> sign(Insn.JumpOp op) {
        return switch (op) {
            case NE -> Optional.of(Insn.JumpOp.SLT);
            case EQ -> Optional.of(Insn.JumpOp.SGE);
            default -> Optional.empty();
        };
    }
}
