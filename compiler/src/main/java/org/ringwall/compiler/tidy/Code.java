package org.ringwall.compiler.tidy;

import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.ringwall.bpf.asm.CodeElement;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.flow.RegisterUse;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/** Elements in order, and what is asked about them by their place, which counts labels and lines too. */
final class Code {
    private static final int ALL_ARGUMENTS = 5;

    private final List<CodeElement> elements;
    private final Map<Label, Integer> places = new IdentityHashMap<>();
    private final Map<Integer, Integer> lastJumps = new HashMap<>();

    Code(List<CodeElement> elements) {
        this.elements = List.copyOf(elements);
        for (int i = 0; i < this.elements.size(); i++) {
            if (this.elements.get(i) instanceof CodeElement.Bind bind) {
                places.put(bind.label(), i);
            }
        }
        for (int i = 0; i < this.elements.size(); i++) {
            int jump = i;
            target(at(i)).filter(places::containsKey).ifPresent(label -> lastJumps.put(instruction(label), jump));
        }
    }

    /** Whether a loop comes back to this place. */
    boolean isLoop(int place) {
        return at(place) instanceof CodeElement.Bind && lastJump(instruction(place)) > place;
    }

    /** The place of the last jump to the instruction at this place; -1 if there is none. */
    int lastJump(int place) {
        return lastJumps.getOrDefault(place, -1);
    }

    List<CodeElement> elements() {
        return elements;
    }

    int size() {
        return elements.size();
    }

    CodeElement at(int place) {
        return elements.get(place);
    }

    /** Whether every jump but the branch that closes a loop leads to a later place of this code, and there are no subprograms. */
    boolean isSimple() {
        for (int i = 0; i < size(); i++) {
            CodeElement element = at(i);
            Optional<Label> target = target(element);
            int to = target.map(label -> places.getOrDefault(label, -1)).orElse(size());
            boolean back = to < 0 || to <= i && element instanceof CodeElement.Always;
            if (back || element instanceof CodeElement.Call || element instanceof CodeElement.Address) {
                return false;
            }
        }
        return true;
    }

    /** Slots, with every jump short. */
    int slots() {
        return elements.stream().mapToInt(Code::slots).sum();
    }

    private static int slots(CodeElement element) {
        if (element instanceof CodeElement.Plain plain) {
            return plain.insn().slots();
        }
        return isMark(element) ? 0 : element instanceof CodeElement.Symbol ? 2 : 1;
    }

    /** Whether it is no instruction. */
    static boolean isMark(CodeElement element) {
        return element instanceof CodeElement.Bind || element instanceof CodeElement.Line;
    }

    /** Where a jump leads; empty for everything else. */
    static Optional<Label> target(CodeElement element) {
        if (element instanceof CodeElement.Branch branch) {
            return Optional.of(branch.target());
        }
        return element instanceof CodeElement.Always always ? Optional.of(always.target()) : Optional.empty();
    }

    /** The same jump to another place. */
    static CodeElement to(CodeElement jump, Label target) {
        return jump instanceof CodeElement.Branch branch
                ? new CodeElement.Branch(branch.op(), branch.width(), branch.dst(), branch.src(), target)
                : new CodeElement.Always(target);
    }

    static boolean isExit(CodeElement element) {
        return element instanceof CodeElement.Plain plain && plain.insn() instanceof Insn.Exit;
    }

    /** Whether the element behind it may be next. */
    static boolean falls(CodeElement element) {
        return !(element instanceof CodeElement.Always) && !isExit(element);
    }

    /** The number of `r0 = number`. */
    static OptionalInt answer(CodeElement element) {
        boolean answers = element instanceof CodeElement.Plain plain
                && plain.insn() instanceof Insn.Mov mov
                && mov.dst() == Reg.R0
                && mov.width() == Width.DW
                && mov.src() instanceof Operand.OfImm;
        if (!answers) {
            return OptionalInt.empty();
        }
        Insn.Mov mov = (Insn.Mov) ((CodeElement.Plain) element).insn();
        return OptionalInt.of(((Operand.OfImm) mov.src()).value());
    }

    /** Whether it puts something into r0, or destroys it. */
    static boolean writesAnswer(CodeElement element) {
        if (element instanceof CodeElement.Plain plain) {
            return RegisterUse.of(plain.insn(), id -> ALL_ARGUMENTS).writes().contains(Reg.R0);
        } else if (element instanceof CodeElement.Symbol symbol) {
            return symbol.dst() == Reg.R0;
        } else if (element instanceof CodeElement.Offset offset) {
            return offset.dst() == Reg.R0;
        }
        return element instanceof CodeElement.KernelCall;
    }

    /** Whether it reads r0. */
    static boolean readsAnswer(CodeElement element) {
        if (element instanceof CodeElement.Plain plain) {
            return RegisterUse.of(plain.insn(), id -> ALL_ARGUMENTS).reads().contains(Reg.R0);
        } else if (element instanceof CodeElement.Branch branch) {
            boolean right = branch.src() instanceof Operand.OfReg of && of.reg() == Reg.R0;
            return right || branch.dst() == Reg.R0;
        }
        return element instanceof CodeElement.Offset offset && offset.dst() == Reg.R0;
    }

    /** The place of the label. */
    int place(Label label) {
        Integer place = places.get(label);
        if (place == null) {
            throw new IllegalStateException("label `" + label + "` is never bound");
        }
        return place;
    }

    /** The first instruction from the place on; behind the last one the size. */
    int instruction(int place) {
        int at = place;
        while (at < size() && isMark(at(at))) {
            at++;
        }
        return at;
    }

    /** The first instruction that the label stands before. */
    int instruction(Label label) {
        return instruction(place(label));
    }

    /** The labels that some jump names. */
    Set<Label> used() {
        Set<Label> used = new HashSet<>();
        elements.forEach(element -> target(element).ifPresent(used::add));
        return used;
    }
}
