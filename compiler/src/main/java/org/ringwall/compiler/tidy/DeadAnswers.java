package org.ringwall.compiler.tidy;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.ringwall.bpf.asm.CodeElement;
import org.ringwall.bpf.asm.Label;

/** `r0 = number` is left out where nothing reads it before r0 is something else: no branch asks for it any more. */
final class DeadAnswers {
    private DeadAnswers() {}

    static Code apply(Code code) {
        BitSet read = read(code);
        List<CodeElement> kept = new ArrayList<>();
        for (int i = 0; i < code.size(); i++) {
            if (Code.answer(code.at(i)).isEmpty() || read.get(i + 1)) {
                kept.add(code.at(i));
            }
        }
        return new Code(kept);
    }

    /** The places before which r0 holds something that may be read. */
    private static BitSet read(Code code) {
        BitSet read = new BitSet();
        for (int i = code.size() - 1; i >= 0; i--) {
            CodeElement element = code.at(i);
            boolean later = Code.falls(element) && read.get(i + 1);
            for (Label label : Code.target(element).stream().toList()) {
                int there = code.place(label);
                later |= there <= i || read.get(there);
            }
            read.set(i, Code.isExit(element) || Code.readsAnswer(element) || later && !Code.writesAnswer(element));
        }
        return read;
    }
}
