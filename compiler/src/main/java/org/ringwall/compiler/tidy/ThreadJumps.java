package org.ringwall.compiler.tidy;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bpf.asm.CodeElement;

/** A jump to a jump goes where that one goes: the processor takes one of them, and the first may become needless. */
final class ThreadJumps {
    private ThreadJumps() {}

    static Code apply(Code code) {
        List<Item> threaded = new ArrayList<>(code.size());
        for (int i = 0; i < code.size(); i++) {
            Item item = code.at(i);
            int there = code.isJump(i) ? code.led(i) : code.size();
            boolean jumps = there < code.size() && code.at(there).element() instanceof CodeElement.Always;
            threaded.add(jumps ? item.to(code.at(there).target().orElseThrow()) : item);
        }
        return code.with(threaded);
    }
}
