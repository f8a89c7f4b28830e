package org.ringwall.compiler.tidy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.ringwall.bpf.asm.CodeElement;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/**
 * What asks whether r0 is a number that it is known to be, or not to be, asks nothing: a jump there goes on where the answer leads. The code of
 * a question to state puts its answer into r0, by several ways, and what asks for that answer stands behind.
 */
final class DecidedBranches {
    private final Code code;
    private final KnownAnswers known;

    private DecidedBranches(Code code) {
        this.code = code;
        this.known = KnownAnswers.of(code);
    }

    static Code apply(Code code) {
        return new DecidedBranches(code).shorter();
    }

    private Code shorter() {
        Map<Integer, Label> behind = new HashMap<>();
        List<CodeElement> led = new ArrayList<>();
        for (int i = 0; i < code.size(); i++) {
            led.add(led(i, behind));
        }
        List<CodeElement> kept = new ArrayList<>();
        for (int i = 0; i < code.size(); i++) {
            CodeElement element = led.get(i);
            Optional<Boolean> taken = taken(code.at(i), known.number(i));
            if (taken.isEmpty()) {
                kept.add(element);
            } else if (taken.get()) {
                kept.add(new CodeElement.Always(Code.target(element).orElseThrow()));
            }
            Optional.ofNullable(behind.get(i)).ifPresent(label -> kept.add(new CodeElement.Bind(label)));
        }
        return new Code(kept);
    }

    /** The element, a jump to where the branch that it leads to would go. */
    private CodeElement led(int place, Map<Integer, Label> behind) {
        CodeElement jump = code.at(place);
        Optional<Integer> there = Code.target(jump).map(code::instruction).filter(to -> to > place && to < code.size());
        if (there.isEmpty()) {
            return jump;
        }
        CodeElement branch = code.at(there.get());
        return taken(branch, known.jumping(place))
                .map(taken -> taken
                        ? Code.target(branch).orElseThrow()
                        : behind.computeIfAbsent(there.get(), t -> new Label("decided")))
                .map(label -> Code.to(jump, label))
                .orElse(jump);
    }

    /** Whether the branch jumps where r0 is this number; empty if that is not known, or it asks something else. */
    private static Optional<Boolean> taken(CodeElement element, OptionalInt number) {
        boolean asks = number.isPresent()
                && element instanceof CodeElement.Branch branch
                && branch.width() == Width.DW
                && branch.dst() == Reg.R0
                && branch.src() instanceof Operand.OfImm
                && (branch.op() == Insn.JumpOp.EQ || branch.op() == Insn.JumpOp.NE);
        if (!asks) {
            return Optional.empty();
        }
        CodeElement.Branch branch = (CodeElement.Branch) element;
        boolean equal = ((Operand.OfImm) branch.src()).value() == number.getAsInt();
        return Optional.of(equal == (branch.op() == Insn.JumpOp.EQ));
    }
}
