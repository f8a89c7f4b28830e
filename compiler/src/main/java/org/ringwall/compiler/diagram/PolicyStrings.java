// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Patterns;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.strings.TooManyStatesException;
import org.ringwall.compiler.value.StringPattern;

/**
 * The strings that the blocks of each hook test, with their classes. Hooks that compare a string
 * with the same patterns share an automaton, because automata are the most expensive part of
 * compiling a policy's text.
 */
public final class PolicyStrings {
    private final Map<Hook, Map<Variable, Classifier>> found = new EnumMap<>(Hook.class);
    private final Map<Field, Map<SortedSet<StringPattern>, Classifier>> made = new EnumMap<>(Field.class);

    private PolicyStrings() {}

    /** Builds the classes of a policy's strings. */
    public static PolicyStrings of(Policy policy) throws TooManyPatternsException {
        PolicyStrings strings = new PolicyStrings();
        Map<Hook, List<Block>> blocksByHook = new EnumMap<>(Hook.class);
        for (Block block : policy.blocks()) {
            block.hooks()
                    .forEach(hook -> blocksByHook
                            .computeIfAbsent(hook, none -> new ArrayList<>())
                            .add(block));
        }
        for (Map.Entry<Hook, List<Block>> entry : blocksByHook.entrySet()) {
            strings.add(entry.getKey(), entry.getValue());
        }
        return strings;
    }

    private void add(Hook hook, List<Block> blocks) throws TooManyPatternsException {
        Map<Variable, Classifier> strings = new EnumMap<>(Variable.class);
        for (Map.Entry<Field, SortedSet<StringPattern>> entry :
                patterns(hook, blocks).entrySet()) {
            Field field = entry.getKey();
            Map<SortedSet<StringPattern>, Classifier> known = made.computeIfAbsent(field, none -> new HashMap<>());
            Classifier classifier = known.get(entry.getValue());
            if (classifier == null) {
                classifier = classifier(field, entry.getValue(), blocks.get(0));
                known.put(entry.getValue(), classifier);
            }
            strings.put(Atoms.string(field), classifier);
        }
        found.put(hook, strings);
    }

    private static Map<Field, SortedSet<StringPattern>> patterns(Hook hook, List<Block> blocks) {
        Map<Field, SortedSet<StringPattern>> patterns = new EnumMap<>(Field.class);
        patterns.putAll(Patterns.of(blocks));
        if (hook == Hook.RECVMSG_UNIX && blocks.stream().anyMatch(PolicyStrings::writes)) {
            // Writes depend on whether there is a name, even if no guard tests it.
            patterns.putIfAbsent(Field.PATH, new TreeSet<>(Set.of(StringPattern.ANY)));
        }
        return patterns;
    }

    private static boolean writes(Block block) {
        return block.rules().stream().anyMatch(rule -> !rule.effects().isEmpty());
    }

    private static Classifier classifier(Field field, SortedSet<StringPattern> patterns, Block block)
            throws TooManyPatternsException {
        try {
            return Classifier.split(field.string().orElseThrow(), patterns);
        } catch (TooManyStatesException e) {
            throw new TooManyPatternsException(field, block, e);
        }
    }

    /** Returns the strings of one hook. */
    Map<Variable, Classifier> at(Hook hook) {
        return found.getOrDefault(hook, Map.of());
    }
}
