package org.ringwall.compiler.tidy;

import org.ringwall.bpf.asm.CodeElement;

/** Leaves out what no way leads to, which the verifier refuses, labels that nobody names, and lines of no instruction. */
final class DeadCode {
    private DeadCode() {}

    static Code apply(Code code) {
        boolean[] named = new boolean[code.size()];
        boolean[] kept = new boolean[code.size()];
        boolean falls = true;
        for (int i = 0; i < code.size(); i++) {
            Item item = code.at(i);
            falls |= named[i];
            kept[i] = falls || item.element() instanceof CodeElement.Line;
            if (falls && code.isJump(i)) {
                named[code.target(i)] = true;
            }
            falls &= item.falls();
        }
        // Whether another line, or the end, comes before the next instruction that is kept.
        boolean line = true;
        for (int i = code.size() - 1; i >= 0; i--) {
            if (kept[i]) {
                CodeElement element = code.at(i).element();
                boolean hidden = element instanceof CodeElement.Line && line;
                line = element instanceof CodeElement.Line || line && code.at(i).mark();
                kept[i] = !hidden && (named[i] || !(element instanceof CodeElement.Bind));
            }
        }
        return code.only(kept);
    }
}
