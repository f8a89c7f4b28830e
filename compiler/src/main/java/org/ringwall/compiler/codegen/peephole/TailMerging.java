// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen.peephole;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.ringwall.bpf.asm.CodeElement;
import org.ringwall.bpf.asm.Label;

/**
 * Tail merging: two ends of a program with the same last instructions share them. A `goto` takes
 * less space in the instruction cache than the copy. The removed part must not contain a jump
 * target.
 */
final class TailMerging {
    /** The minimum length besides the `exit`. */
    private static final int SHORTEST = 2;

    private TailMerging() {}

    /** Code that ends with an `exit` and equals the code before a later one. */
    private record Tail(int start, int exit, int otherStart) {}

    static Code apply(Code code) {
        List<Integer> exits = code.exits();
        for (int i = 0; i < exits.size(); i++) {
            int exit = exits.get(i);
            for (int other : exits.subList(i + 1, exits.size())) {
                Tail tail = common(code, exit, other);
                if (count(code, tail) >= SHORTEST) {
                    return merged(code, tail);
                }
            }
        }
        return code;
    }

    private static Tail common(Code code, int exit, int other) {
        int here = exit;
        int there = other;
        while (true) {
            int before = previous(code, here);
            int otherBefore = previous(code, there);
            boolean same = before >= 0
                    && otherBefore > exit
                    && isPlain(code.at(before))
                    && code.at(before).same(code.at(otherBefore))
                    && IntStream.range(before, here).noneMatch(i -> code.at(i).element() instanceof CodeElement.Bind);
            if (!same) {
                return new Tail(here, exit, there);
            }
            here = before;
            there = otherBefore;
        }
    }

    private static int previous(Code code, int place) {
        int at = place - 1;
        while (at >= 0 && code.at(at).mark()) {
            at--;
        }
        return at;
    }

    private static boolean isPlain(Item item) {
        return item.element() instanceof CodeElement.Plain && !item.exit();
    }

    private static long count(Code code, Tail tail) {
        return IntStream.range(tail.start(), tail.exit())
                .filter(i -> !code.at(i).mark())
                .count();
    }

    private static Code merged(Code code, Tail tail) {
        Label shared = new Label("tail");
        List<Item> merged = new ArrayList<>(code.items().subList(0, tail.start()));
        merged.add(Item.always(shared));
        merged.addAll(code.items().subList(tail.exit() + 1, tail.otherStart()));
        merged.add(Item.bind(shared));
        merged.addAll(code.items().subList(tail.otherStart(), code.size()));
        return code.with(merged);
    }
}
