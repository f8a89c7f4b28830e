package org.ringwall.compiler.tidy;

import java.util.HashMap;
import java.util.Map;
import org.ringwall.bpf.asm.CodeElement;
import org.ringwall.bpf.asm.Label;

/** Where nobody needs what is in r0. */
final class FreeAnswer {
    private FreeAnswer() {}

    /** By place, and behind the last one: whether r0 is written on every way from there before it is read. */
    static boolean[] of(Code code) {
        boolean[] free = new boolean[code.size() + 1];
        Map<Label, Boolean> at = new HashMap<>();
        for (int i = code.size() - 1; i >= 0; i--) {
            CodeElement element = code.at(i);
            boolean next = !Code.falls(element) || free[i + 1];
            boolean there = Code.target(element)
                    .map(label -> at.getOrDefault(label, false))
                    .orElse(true);
            boolean written = Code.writesAnswer(element);
            free[i] = !Code.readsAnswer(element) && (written || next && there);
            if (element instanceof CodeElement.Bind bind) {
                at.put(bind.label(), free[i]);
            }
        }
        return free;
    }
}
