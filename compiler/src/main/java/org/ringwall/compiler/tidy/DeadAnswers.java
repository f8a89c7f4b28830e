package org.ringwall.compiler.tidy;

/** `r0 = number` is left out where nothing reads it before r0 is something else: no branch asks for it any more. */
final class DeadAnswers {
    private DeadAnswers() {}

    static Code apply(Code code) {
        if (!code.anyAnswer(place -> code.isFree(place + 1))) {
            return code;
        }
        boolean[] kept = new boolean[code.size()];
        for (int i = 0; i < code.size(); i++) {
            kept[i] = code.at(i).answer().isEmpty() || !code.isFree(i + 1);
        }
        return code.only(kept);
    }
}
