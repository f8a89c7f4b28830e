// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen.peephole;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bpf.asm.CodeElement;

/**
 * Jump threading: a jump to a jump leads to the second one's target. The first may become
 * unnecessary.
 */
final class ThreadJumps {
    private ThreadJumps() {}

    static Code apply(Code code) {
        if (!code.anyJump(jump -> leadsToJump(code, jump))) {
            return code;
        }
        List<Item> threaded = new ArrayList<>(code.size());
        for (int i = 0; i < code.size(); i++) {
            Item item = code.at(i);
            boolean farther = code.isJump(i) && leadsToJump(code, i);
            threaded.add(farther ? item.to(code.at(code.led(i)).target().orElseThrow()) : item);
        }
        return code.with(threaded);
    }

    private static boolean leadsToJump(Code code, int jump) {
        int there = code.led(jump);
        return there < code.size() && code.at(there).element() instanceof CodeElement.Always;
    }
}
