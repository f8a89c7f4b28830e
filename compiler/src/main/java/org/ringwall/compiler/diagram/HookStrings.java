package org.ringwall.compiler.diagram;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Patterns;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.strings.TooManyStatesException;

/** The strings that the blocks of one hook ask about, each with its classes. */
final class HookStrings {
    private HookStrings() {}

    static Map<Variable, Classifier> of(List<HookDiagram.Asked> blocks) {
        Map<Variable, Classifier> strings = new EnumMap<>(Variable.class);
        List<Block> asked = blocks.stream().map(HookDiagram.Asked::block).toList();
        Patterns.of(asked).forEach((field, patterns) -> {
            Variable variable = Atoms.string(field);
            try {
                strings.put(variable, Classifier.of(field.string().orElseThrow(), patterns));
            } catch (TooManyStatesException e) {
                throw new IllegalStateException("the patterns of `" + field.text() + "` were let through", e);
            }
        });
        return strings;
    }
}
