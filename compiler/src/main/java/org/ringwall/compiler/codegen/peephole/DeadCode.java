// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen.peephole;

import org.ringwall.bpf.asm.CodeElement;

/**
 * Removes unreachable code, which the verifier refuses, labels without jumps, and lines without
 * instructions.
 */
final class DeadCode {
    private DeadCode() {}

    static Code apply(Code code) {
        boolean[] named = new boolean[code.size()];
        boolean[] kept = new boolean[code.size()];
        while (comesBack(code, named, kept)) {
            // INVARIANT: each iteration marks more places as named.
        }
        // Whether another line, or the end, precedes the next kept instruction.
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

    /**
     * Marks named and kept places in one traversal; returns whether a backward jump named a label
     * for the first time.
     */
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
