package org.ringwall.compiler.tidy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.asm.CodeElement;
import org.ringwall.bpf.insn.Insn;

/**
 * `if c goto a; goto b; a:` becomes `if !c goto b; a:`, and a jump to what is next anyway goes: a jump that is not there
 * costs nothing, and one that falls through costs less than one that is taken.
 */
final class TurnBranches {
    private TurnBranches() {}

    static Code apply(Code code) {
        List<CodeElement> kept = new ArrayList<>();
        for (int i = 0; i < code.size(); i++) {
            CodeElement element = code.at(i);
            Optional<CodeElement> turned = turned(code, i);
            if (turned.isPresent()) {
                kept.add(turned.get());
                i++;
            } else if (!leadsOn(code, i)) {
                kept.add(element);
            }
        }
        return new Code(kept);
    }

    private static Optional<CodeElement> turned(Code code, int place) {
        boolean pair = code.at(place) instanceof CodeElement.Branch
                && place + 1 < code.size()
                && code.at(place + 1) instanceof CodeElement.Always;
        if (!pair) {
            return Optional.empty();
        }
        CodeElement.Branch branch = (CodeElement.Branch) code.at(place);
        CodeElement.Always always = (CodeElement.Always) code.at(place + 1);
        Optional<Insn.JumpOp> inverse = branch.op().inverse();
        boolean over = code.instruction(branch.target()) == code.instruction(place + 2);
        return over
                ? inverse.map(
                        op -> new CodeElement.Branch(op, branch.width(), branch.dst(), branch.src(), always.target()))
                : Optional.empty();
    }

    private static boolean leadsOn(Code code, int place) {
        return Code.target(code.at(place))
                .filter(label -> code.instruction(label) == code.instruction(place + 1))
                .isPresent();
    }
}
