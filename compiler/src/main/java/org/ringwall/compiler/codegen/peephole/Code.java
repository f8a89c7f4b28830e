// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen.peephole;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.ringwall.bpf.asm.CodeElement;
import org.ringwall.bpf.asm.Label;

/**
 * A sequence of code elements with indices. A place is an index in this sequence, including labels
 * and lines.
 */
final class Code {
    private final List<Item> items;

    /** For each place and the end: the place of the first instruction from there on. */
    private final int[] instructions;

    /**
     * For each place: the place of the label that a jump there names; -1 for other elements, or if
     * the label is not bound.
     */
    private final int[] targets;

    /** The places of all jumps, in order. */
    private final int[] jumps;

    /** For each place: the place of the last jump to the instruction there; -1 if there is none. */
    private final int[] lastJumps;

    /** Computed on first use; the code is immutable. */
    private Optional<boolean[]> free = Optional.empty();

    private Optional<KnownReturnValues> known = Optional.empty();

    private Code(List<Item> items) {
        this.items = items;
        this.instructions = new int[items.size() + 1];
        this.targets = new int[items.size()];
        this.lastJumps = new int[items.size() + 1];
        Map<Label, Integer> places = new IdentityHashMap<>();
        instructions[items.size()] = items.size();
        for (int i = items.size() - 1; i >= 0; i--) {
            Item item = items.get(i);
            instructions[i] = item.mark() ? instructions[i + 1] : i;
            if (item.element() instanceof CodeElement.Bind bind) {
                places.put(bind.label(), i);
            }
        }
        Arrays.fill(lastJumps, -1);
        for (int i = 0; i < items.size(); i++) {
            Optional<Label> label = items.get(i).target();
            targets[i] = label.isPresent() ? places.getOrDefault(label.get(), -1) : -1;
            if (targets[i] >= 0) {
                lastJumps[instructions[targets[i]]] = i;
            }
        }
        this.jumps = IntStream.range(0, items.size())
                .filter(i -> items.get(i).target().isPresent())
                .toArray();
    }

    static Code of(List<CodeElement> elements) {
        return new Code(elements.stream().map(Item::of).toList());
    }

    /**
     * Returns code of these items; this object if they are the same, so that callers can detect
     * that nothing changed.
     */
    Code with(List<Item> changed) {
        boolean same = changed.size() == size();
        for (int i = 0; same && i < size(); i++) {
            same = at(i).same(changed.get(i));
        }
        return same ? this : new Code(List.copyOf(changed));
    }

    /** Returns the code without the places that are not kept. */
    Code only(boolean[] kept) {
        List<Item> left = new ArrayList<>(size());
        for (int i = 0; i < size(); i++) {
            if (kept[i]) {
                left.add(at(i));
            }
        }
        return left.size() == size() ? this : new Code(List.copyOf(left));
    }

    /** Whether a later jump leads to this place: a loop, or code placed out of line. */
    boolean isLoop(int place) {
        return at(place).element() instanceof CodeElement.Bind && lastJumps[instruction(place)] > place;
    }

    List<CodeElement> elements() {
        return items.stream().map(Item::element).toList();
    }

    List<Item> items() {
        return items;
    }

    int size() {
        return items.size();
    }

    Item at(int place) {
        return items.get(place);
    }

    /** Whether every jump leads to a place of this code, and there are no subprograms. */
    boolean isSimple() {
        for (int i = 0; i < size(); i++) {
            CodeElement element = at(i).element();
            boolean away = isJump(i) && targets[i] < 0;
            if (away || element instanceof CodeElement.Call || element instanceof CodeElement.Address) {
                return false;
            }
        }
        return true;
    }

    /** Whether the predicate holds for the place of any jump. */
    boolean anyJump(IntPredicate holds) {
        for (int place : jumps) {
            if (holds.test(place)) {
                return true;
            }
        }
        return false;
    }

    /** Whether r0 is dead at this place, or at the end. */
    boolean isFree(int place) {
        if (free.isEmpty()) {
            free = Optional.of(FreeReturnValue.of(this));
        }
        return free.get()[place];
    }

    /** Returns the known values of r0. */
    KnownReturnValues known() {
        if (known.isEmpty()) {
            known = Optional.of(new KnownReturnValues(this));
        }
        return known.get();
    }

    /** Whether the element is a jump. */
    boolean isJump(int place) {
        return at(place).target().isPresent();
    }

    /** Returns the place of the label that the jump names. */
    int target(int jump) {
        int place = targets[jump];
        if (place < 0) {
            throw new IllegalStateException("label `" + at(jump).target().orElseThrow() + "` is never bound");
        }
        return place;
    }

    /**
     * Returns the place of the first instruction at the jump's target; the size if there is none.
     */
    int led(int jump) {
        return instructions[target(jump)];
    }

    /** Returns the place of the first instruction from the place on; the size if there is none. */
    int instruction(int place) {
        return instructions[place];
    }
}
