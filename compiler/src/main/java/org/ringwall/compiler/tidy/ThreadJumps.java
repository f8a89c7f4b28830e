package org.ringwall.compiler.tidy;

import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.asm.CodeElement;
import org.ringwall.bpf.asm.Label;

/** A jump to a jump goes where that one goes: the processor takes one of them, and the first may become needless. */
final class ThreadJumps {
    private ThreadJumps() {}

    static Code apply(Code code) {
        List<CodeElement> threaded = code.elements().stream()
                .map(element -> Code.target(element)
                        .flatMap(label -> farther(code, label))
                        .map(label -> Code.to(element, label))
                        .orElse(element))
                .toList();
        return new Code(threaded);
    }

    private static Optional<Label> farther(Code code, Label label) {
        int there = code.instruction(label);
        boolean jumps = there < code.size() && code.at(there) instanceof CodeElement.Always;
        return jumps ? Optional.of(((CodeElement.Always) code.at(there)).target()) : Optional.empty();
    }
}
