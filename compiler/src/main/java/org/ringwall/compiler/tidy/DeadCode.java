package org.ringwall.compiler.tidy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.ringwall.bpf.asm.CodeElement;
import org.ringwall.bpf.asm.Label;

/** Leaves out what no way leads to, which the verifier refuses, labels that nobody names, and lines of no instruction. */
final class DeadCode {
    private DeadCode() {}

    static Code apply(Code code) {
        List<CodeElement> reached = new ArrayList<>();
        Set<Label> arrived = new HashSet<>();
        boolean falls = true;
        for (CodeElement element : code.elements()) {
            falls |= element instanceof CodeElement.Bind bind && arrived.contains(bind.label());
            if (falls) {
                reached.add(element);
                Code.target(element).ifPresent(arrived::add);
                falls = Code.falls(element);
            } else if (element instanceof CodeElement.Line) {
                reached.add(element);
            }
        }
        return new Code(marked(reached, arrived));
    }

    private static List<CodeElement> marked(List<CodeElement> reached, Set<Label> named) {
        List<CodeElement> kept = new ArrayList<>();
        for (int i = 0; i < reached.size(); i++) {
            CodeElement element = reached.get(i);
            boolean label = element instanceof CodeElement.Bind bind && !named.contains(bind.label());
            boolean line = element instanceof CodeElement.Line && hidden(reached, i);
            if (!label && !line) {
                kept.add(element);
            }
        }
        return kept;
    }

    /** Whether another line, or the end, comes before the next instruction. */
    private static boolean hidden(List<CodeElement> elements, int line) {
        for (int i = line + 1; i < elements.size(); i++) {
            if (elements.get(i) instanceof CodeElement.Line) {
                return true;
            } else if (!Code.isMark(elements.get(i))) {
                return false;
            }
        }
        return true;
    }
}
