// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen.peephole;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.asm.CodeElement;
import org.ringwall.bpf.asm.Label;

/**
 * Tail merging: of several equal sequences that end with `exit` or a jump, all but the last become
 * a jump to it. A thousand counters that are looked up in an index differ in one constant; without
 * this step their code is longer than a branch reaches. All jumps are forward.
 */
final class MergeTails {
    private final Code code;

    /** For each place: the label that is bound there. */
    private final Map<Integer, Label> labels = new HashMap<>();

    /** For each end of a sequence that is left out: its first place. */
    private final Map<Integer, Integer> begins = new HashMap<>();

    /** For each end of a sequence that is left out: the label of the same sequence. */
    private final Map<Integer, Label> targets = new HashMap<>();

    private MergeTails(Code code) {
        this.code = code;
    }

    static Code apply(Code code) {
        MergeTails tails = new MergeTails(code);
        tails.find();
        return tails.begins.isEmpty() ? code : code.with(tails.merged());
    }

    private void find() {
        Map<List<Object>, Integer> last = new HashMap<>();
        for (int end = code.size() - 1; end >= 0; end--) {
            if (code.at(end).mark() || code.at(end).falls()) {
                continue;
            }
            int before = before(end, false);
            if (before >= 0) {
                Integer same = last.putIfAbsent(List.of(form(end), form(before)), end);
                if (same != null) {
                    merge(end, same);
                }
            }
        }
    }

    /** Leaves out the longest sequence before `end` that precedes `same` too. */
    private void merge(int end, int same) {
        int begin = end;
        int target = same;
        while (true) {
            int one = before(begin, false);
            int other = before(target, true);
            if (one < 0 || other <= end || !form(one).equals(form(other))) {
                break;
            }
            begin = one;
            target = other;
        }
        begins.put(end, begin);
        targets.put(end, labels.computeIfAbsent(target, any -> new Label("same")));
    }

    /**
     * Returns the place of the instruction before this one, from which control continues here; -1
     * if there is none.
     *
     * @param labelled whether there may be a label in between
     */
    private int before(int place, boolean labelled) {
        int at = place - 1;
        while (at >= 0 && code.at(at).mark()) {
            if (!labelled && code.at(at).element() instanceof CodeElement.Bind) {
                return -1;
            }
            at--;
        }
        return at >= 0 && code.at(at).falls() ? at : -1;
    }

    /** Returns the instruction, with the place to which it jumps in place of a label. */
    private Object form(int place) {
        CodeElement element = code.at(place).element();
        if (element instanceof CodeElement.Branch branch) {
            return List.of(branch.op(), branch.width(), branch.dst(), branch.src(), code.led(place));
        }
        return element instanceof CodeElement.Always ? code.led(place) : element;
    }

    private List<Item> merged() {
        List<Item> backwards = new ArrayList<>(code.size());
        for (int i = code.size() - 1; i >= 0; i--) {
            Integer begin = begins.get(i);
            Label target = targets.get(i);
            if (begin == null || target == null) {
                backwards.add(code.at(i));
            } else {
                backwards.add(Item.always(target));
                i = begin;
            }
            if (labels.containsKey(i)) {
                backwards.add(Item.bind(labels.get(i)));
            }
        }
        Collections.reverse(backwards);
        return backwards;
    }
}
