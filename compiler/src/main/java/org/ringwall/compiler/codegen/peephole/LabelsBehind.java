// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen.peephole;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.asm.Label;

/** Labels after instructions that jumps are to skip; mostly there are none. */
final class LabelsBehind {
    private final String name;
    private final BitSet places = new BitSet();
    private final Map<Integer, Label> labels = new HashMap<>();

    /** Creates labels with this name, which occurs in messages. */
    LabelsBehind(String name) {
        this.name = name;
    }

    /** Returns the label after the instruction at this place; creates it on first use. */
    Label label(int place) {
        places.set(place);
        return labels.computeIfAbsent(place, at -> new Label(name));
    }

    /**
     * Returns the binding of the label after the instruction at this place, if the label was
     * created.
     */
    Optional<Item> at(int place) {
        return places.get(place) ? Optional.of(Item.bind(label(place))) : Optional.empty();
    }
}
