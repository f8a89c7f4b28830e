package org.ringwall.compiler.tidy;

import java.util.ArrayList;
import java.util.List;

/** `r0 = number` is left out where nothing reads it before r0 is something else: no branch asks for it any more. */
final class DeadAnswers {
    private DeadAnswers() {}

    static Code apply(Code code) {
        boolean[] free = FreeAnswer.of(code);
        List<Item> kept = new ArrayList<>(code.size());
        for (int i = 0; i < code.size(); i++) {
            if (code.at(i).answer().isEmpty() || !free[i + 1]) {
                kept.add(code.at(i));
            }
        }
        return code.with(kept);
    }
}
