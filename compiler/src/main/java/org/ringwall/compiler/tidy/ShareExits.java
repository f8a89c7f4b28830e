package org.ringwall.compiler.tidy;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.ringwall.bpf.asm.CodeElement;
import org.ringwall.bpf.asm.Label;

/** A jump to an `exit` that nothing runs into goes to another one, where there is one ahead: the first then falls away. */
final class ShareExits {
    private ShareExits() {}

    static Code apply(Code code) {
        List<Integer> exits = IntStream.range(0, code.size())
                .filter(i -> Code.isExit(code.at(i)))
                .boxed()
                .toList();
        for (int lone : exits) {
            int first = firstMark(code, lone);
            boolean entered = first == 0 || Code.falls(code.at(first - 1));
            int last = code.lastJump(lone);
            Optional<Integer> other = exits.stream()
                    .filter(exit -> exit != lone && exit > last && last >= 0)
                    .reduce((one, two) -> two);
            if (!entered && other.isPresent()) {
                return led(code, first, lone, other.get());
            }
        }
        return code;
    }

    /** The first of the marks that stand before the instruction. */
    private static int firstMark(Code code, int place) {
        int first = place;
        while (first > 0 && Code.isMark(code.at(first - 1))) {
            first--;
        }
        return first;
    }

    private static Code led(Code code, int first, int lone, int other) {
        Label shared = new Label("exit");
        Map<CodeElement, CodeElement> turned = new IdentityHashMap<>();
        for (int i = 0; i < first; i++) {
            CodeElement jump = code.at(i);
            if (Code.target(jump)
                    .filter(label -> code.instruction(label) == lone)
                    .isPresent()) {
                turned.put(jump, Code.to(jump, shared));
            }
        }
        List<CodeElement> led = new ArrayList<>();
        for (int i = 0; i < code.size(); i++) {
            if (i == other) {
                led.add(new CodeElement.Bind(shared));
            }
            led.add(turned.getOrDefault(code.at(i), code.at(i)));
        }
        return DeadCode.apply(new Code(led));
    }
}
