package org.ringwall.compiler.tidy;

import org.ringwall.bpf.asm.CodeElement;

/** Leaves out what no way leads to, which the verifier refuses, labels that nobody names, and lines of no instruction. */
final class DeadCode {
    private DeadCode() {}

    static Code apply(Code code) {
        boolean[] named = new boolean[code.size()];
        boolean[] kept = new boolean[code.size()];
        while (comesBack(code, named, kept)) {
            // INVARIANT: more places are named each time.
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

    /** Finds what is named and what is kept in one walk; whether a jump led back to a label that nothing had led to before. */
    private static boolean comesBack(Code code, boolean[] named, boolean[] kept) {
        boolean back = false;
        boolean falls = true;
        for (int i = 0; i < code.size(); i++) {
            Item item = code.at(i);
            falls |= named[i];
            kept[i] = falls || item.element() instanceof CodeElement.Line;
            if (falls && code.isJump(i)) {
                int target = code.target(i);
                back |= target <= i && !named[target];
                named[target] = true;
            }
            falls &= item.falls();
        }
        return back;
    }
}
