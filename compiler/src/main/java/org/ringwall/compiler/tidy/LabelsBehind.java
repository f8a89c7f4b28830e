package org.ringwall.compiler.tidy;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.asm.Label;

/** Labels behind instructions that jumps are to lead past; most of the time there are none. */
final class LabelsBehind {
    private final String name;
    private final BitSet places = new BitSet();
    private final Map<Integer, Label> labels = new HashMap<>();

    /** The name of the labels, in messages. */
    LabelsBehind(String name) {
        this.name = name;
    }

    /** The label behind the instruction at this place, made where there is none yet. */
    Label label(int place) {
        places.set(place);
        return labels.computeIfAbsent(place, at -> new Label(name));
    }

    /** What binds the label behind the instruction at this place, if one was made. */
    Optional<Item> at(int place) {
        return places.get(place) ? Optional.of(Item.bind(label(place))) : Optional.empty();
    }
}
