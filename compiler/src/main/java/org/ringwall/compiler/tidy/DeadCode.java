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
        List<Item> reached = new ArrayList<>(code.size());
        Set<Label> arrived = new HashSet<>();
        boolean falls = true;
        for (Item item : code.items()) {
            falls |= item.element() instanceof CodeElement.Bind bind && arrived.contains(bind.label());
            if (falls) {
                reached.add(item);
                item.target().ifPresent(arrived::add);
                falls = item.falls();
            } else if (item.element() instanceof CodeElement.Line) {
                reached.add(item);
            }
        }
        return code.with(marked(reached, arrived));
    }

    private static List<Item> marked(List<Item> reached, Set<Label> named) {
        List<Item> kept = new ArrayList<>(reached.size());
        for (int i = 0; i < reached.size(); i++) {
            CodeElement element = reached.get(i).element();
            boolean label = element instanceof CodeElement.Bind bind && !named.contains(bind.label());
            boolean line = element instanceof CodeElement.Line && hidden(reached, i);
            if (!label && !line) {
                kept.add(reached.get(i));
            }
        }
        return kept;
    }

    /** Whether another line, or the end, comes before the next instruction. */
    private static boolean hidden(List<Item> items, int line) {
        for (int i = line + 1; i < items.size(); i++) {
            if (items.get(i).element() instanceof CodeElement.Line) {
                return true;
            } else if (!items.get(i).mark()) {
                return false;
            }
        }
        return true;
    }
}
