package org.ringwall.compiler.diagram;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Patterns;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.strings.TooManyStatesException;
import org.ringwall.compiler.value.StringPattern;

/** The strings that the blocks of one hook ask about, each with its classes. */
final class HookStrings {
    private HookStrings() {}

    static Map<Variable, Classifier> of(Hook hook, List<HookDiagram.Asked> blocks) {
        Map<Variable, Classifier> strings = new EnumMap<>(Variable.class);
        List<Block> asked = blocks.stream().map(HookDiagram.Asked::block).toList();
        Map<Field, SortedSet<StringPattern>> patternsOf = new EnumMap<>(Patterns.of(asked));
        if (hook == Hook.RECVMSG_UNIX && asked.stream().anyMatch(HookStrings::writes)) {
            // Whether there is a name is asked even where no guard asks about it.
            patternsOf.putIfAbsent(Field.PATH, new TreeSet<>(Set.of(StringPattern.ANY)));
        }
        patternsOf.forEach((field, patterns) -> {
            Variable variable = Atoms.string(field);
            try {
                strings.put(variable, Classifier.of(field.string().orElseThrow(), patterns));
            } catch (TooManyStatesException e) {
                throw new IllegalStateException("the patterns of `" + field.text() + "` were let through", e);
            }
        });
        return strings;
    }

    private static boolean writes(Block block) {
        return block.rules().stream().anyMatch(rule -> !rule.effects().isEmpty());
    }
}
