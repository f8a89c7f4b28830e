package org.ringwall.compiler.tidy;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bpf.asm.CodeElement;

/** `r0 = number` is left out where nothing reads it before r0 is something else: no branch asks for it any more. */
final class DeadAnswers {
    private DeadAnswers() {}

    static Code apply(Code code) {
        boolean[] free = FreeAnswer.of(code);
        List<CodeElement> kept = new ArrayList<>();
        for (int i = 0; i < code.size(); i++) {
            if (Code.answer(code.at(i)).isEmpty() || !free[i + 1]) {
                kept.add(code.at(i));
            }
        }
        return new Code(kept);
    }
}
