// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen.peephole;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.ringwall.bpf.asm.CodeElement;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/**
 * Folds branches on a known constant in r0: a jump to such a branch continues at the branch's
 * target. The code of a state operation sets its result in r0 on several paths, and the test of the
 * result follows.
 */
final class BranchFolding {
    private final Code code;
    private final KnownReturnValues known;

    private BranchFolding(Code code) {
        this.code = code;
        this.known = code.known();
    }

    static Code apply(Code code) {
        return new BranchFolding(code).shorter();
    }

    private Code shorter() {
        if (!code.anyJump(this::isDecided)) {
            return code;
        }
        LabelsBehind behind = new LabelsBehind("decided");
        List<Item> led = new ArrayList<>(code.size());
        for (int i = 0; i < code.size(); i++) {
            led.add(led(i, behind));
        }
        List<Item> kept = new ArrayList<>(code.size());
        for (int i = 0; i < code.size(); i++) {
            Item item = led.get(i);
            Optional<Boolean> taken = taken(code.at(i), known.number(i));
            if (taken.isEmpty()) {
                kept.add(item);
            } else if (taken.get()) {
                kept.add(Item.always(item.target().orElseThrow()));
            }
            behind.at(i).ifPresent(kept::add);
        }
        return code.with(kept);
    }

    /** Whether the outcome of the jump, or of the branch that it leads to, is known. */
    private boolean isDecided(int jump) {
        if (taken(code.at(jump), known.number(jump)).isPresent()) {
            return true;
        }
        int there = code.led(jump);
        return there > jump
                && there < code.size()
                && taken(code.at(there), known.jumping(jump)).isPresent();
    }

    /** Returns the element; a jump to a decided branch continues at the branch's successor. */
    private Item led(int place, LabelsBehind behind) {
        Item jump = code.at(place);
        int there = code.isJump(place) ? code.led(place) : code.size();
        if (there <= place || there >= code.size()) {
            return jump;
        }
        Item branch = code.at(there);
        return taken(branch, known.jumping(place))
                .map(taken -> taken ? branch.target().orElseThrow() : behind.label(there))
                .map(jump::to)
                .orElse(jump);
    }

    /**
     * Whether the branch is taken if r0 is this number; empty if the number is unknown, or if the
     * branch tests something else.
     */
    private static Optional<Boolean> taken(Item item, OptionalInt number) {
        boolean tests = number.isPresent()
                && item.element() instanceof CodeElement.Branch branch
                && branch.width() == Width.DW
                && branch.dst() == Reg.R0
                && branch.src() instanceof Operand.OfImm
                && (branch.op() == Insn.JumpOp.EQ || branch.op() == Insn.JumpOp.NE);
        if (!tests) {
            return Optional.empty();
        }
        CodeElement.Branch branch = (CodeElement.Branch) item.element();
        boolean equal = ((Operand.OfImm) branch.src()).value() == number.getAsInt();
        return Optional.of(equal == (branch.op() == Insn.JumpOp.EQ));
    }
}
