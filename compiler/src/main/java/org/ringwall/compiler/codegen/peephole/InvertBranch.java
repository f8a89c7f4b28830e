// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen.peephole;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.asm.CodeElement;
import org.ringwall.bpf.insn.Insn;

/**
 * Branch inversion: `if c goto a; goto b; a:` becomes `if !c goto b; a:`. Jumps to the next
 * instruction are removed. A jump that falls through costs less than one that is taken.
 */
final class InvertBranch {
    private InvertBranch() {}

    static Code apply(Code code) {
        if (!code.anyJump(jump -> leadsOn(code, jump) || turned(code, jump).isPresent())) {
            return code;
        }
        List<Item> kept = new ArrayList<>(code.size());
        for (int i = 0; i < code.size(); i++) {
            Optional<Item> turned = turned(code, i);
            if (turned.isPresent()) {
                kept.add(turned.get());
                i++;
            } else if (!leadsOn(code, i)) {
                kept.add(code.at(i));
            }
        }
        return code.with(kept);
    }

    private static Optional<Item> turned(Code code, int place) {
        boolean pair = code.at(place).element() instanceof CodeElement.Branch
                && place + 1 < code.size()
                && code.at(place + 1).element() instanceof CodeElement.Always
                && code.led(place) == code.instruction(place + 2);
        if (!pair) {
            return Optional.empty();
        }
        CodeElement.Branch branch = (CodeElement.Branch) code.at(place).element();
        CodeElement.Always always = (CodeElement.Always) code.at(place + 1).element();
        Optional<Insn.JumpOp> inverse = branch.op().inverse();
        return inverse.map(
                op -> Item.of(new CodeElement.Branch(op, branch.width(), branch.dst(), branch.src(), always.target())));
    }

    private static boolean leadsOn(Code code, int place) {
        return code.isJump(place) && code.led(place) == code.instruction(place + 1);
    }
}
