// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen.peephole;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.asm.Label;

/**
 * Redirects jumps from an `exit` that is never fallen into to another one after them, so that the
 * first can be removed.
 */
final class ShareExits {
    private ShareExits() {}

    static Code apply(Code code) {
        List<Integer> exits = code.exits();
        for (int lone : exits) {
            int first = firstMark(code, lone);
            boolean entered = first == 0 || code.at(first - 1).falls();
            int last = code.lastJump(lone);
            Optional<Integer> other = exits.stream()
                    .filter(exit -> exit != lone && exit > last && last >= 0)
                    .reduce((one, two) -> two);
            if (!entered && other.isPresent()) {
                return led(code, lone, other.get());
            }
        }
        return code;
    }

    /** Returns the first of the marks directly before the instruction. */
    private static int firstMark(Code code, int place) {
        int first = place;
        while (first > 0 && code.at(first - 1).mark()) {
            first--;
        }
        return first;
    }

    private static Code led(Code code, int lone, int other) {
        Label shared = new Label("exit");
        List<Item> led = new ArrayList<>(code.size() + 1);
        for (int i = 0; i < code.size(); i++) {
            if (i == other) {
                led.add(Item.bind(shared));
            }
            boolean turned = code.isJump(i) && code.led(i) == lone;
            led.add(turned ? code.at(i).to(shared) : code.at(i));
        }
        return DeadCode.apply(code.with(led));
    }
}
