// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Policy;

/**
 * The decisions of hooks in one order of tests.
 *
 * @param decisions one for each hook that was drawn, in the order of {@link Hook}
 * @param walks the walks over the blocks that produced them
 */
record DrawnDiagrams(TestOrder order, List<HookDecision> decisions, List<BlockDiagramBuilder> walks) {
    /** The number of rules from which construction in parallel is worth the start of threads. */
    private static final int LONG = 1_000;

    DrawnDiagrams {
        decisions = List.copyOf(decisions);
        walks = List.copyOf(walks);
    }

    /**
     * How the hooks are drawn.
     *
     * @param forms how rules are combined at these hooks; at others as {@link RuleForm#DIAGRAM}
     * @param apart whether effect diagrams are built wherever possible, and not only where outcomes
     *     multiply
     */
    record Plan(TestOrder order, Map<Hook, RuleForm> forms, boolean apart) {
        Plan {
            forms = Map.copyOf(forms);
        }

        /** Returns the plan of one diagram for each hook. */
        static Plan of(TestOrder order) {
            return new Plan(order, Map.of(), false);
        }

        /** Returns the plan with this form at these hooks. */
        static Plan of(TestOrder order, RuleForm form, Set<Hook> hooks) {
            Map<Hook, RuleForm> forms = new EnumMap<>(Hook.class);
            hooks.forEach(hook -> forms.put(hook, form));
            return new Plan(order, forms, false);
        }

        private Optional<DiagramChoice.Drawn> draw(DiagramChoice drawing) {
            return apart ? drawing.drawApart() : drawing.draw();
        }
    }

    /** A hook and its blocks; hooks with equal keys share one diagram. */
    private record DiagramKey(Hook hook, List<HookDiagram.IndexedBlock> blocks) {}

    /**
     * What was drawn within a budget.
     *
     * @param drawn the decisions of the hooks that did not exceed it
     * @param large the hooks that exceeded it
     */
    record Attempt(DrawnDiagrams drawn, Set<Hook> large) {
        Attempt {
            large = Set.copyOf(large);
        }

        /** Returns this attempt and one at further hooks. */
        Attempt and(Attempt others) {
            Set<Hook> all = EnumSet.noneOf(Hook.class);
            all.addAll(large);
            all.addAll(others.large);
            return new Attempt(drawn.and(others.drawn), all);
        }

        /** Returns the part at these hooks. */
        Attempt at(Set<Hook> hooks) {
            List<HookDecision> some = drawn.decisions.stream()
                    .filter(decision -> hooks.contains(decision.hook()))
                    .toList();
            return new Attempt(
                    new DrawnDiagrams(drawn.order, some, drawn.walks),
                    large.stream().filter(hooks::contains).collect(Collectors.toSet()));
        }

        /**
         * Returns the diagrams of all hooks.
         *
         * @throws DiagramTooLargeException with the hooks that exceeded the budget
         */
        DrawnDiagrams all() throws DiagramTooLargeException {
            if (!large.isEmpty()) {
                throw new DiagramTooLargeException(large);
            }
            return drawn;
        }
    }

    /** Draws these hooks, each within a budget of its own. */
    static Attempt of(
            Map<Hook, List<HookDiagram.IndexedBlock>> blocksByHook,
            PolicyStrings strings,
            Plan plan,
            Supplier<Budget> budget) {
        Map<Hook, Hook> representatives = representatives(blocksByHook);
        List<Hook> drawn = representatives.values().stream().distinct().toList();
        Map<Hook, RuleForm> forms = new EnumMap<>(Hook.class);
        plan.forms()
                .forEach((hook, form) ->
                        Optional.ofNullable(representatives.get(hook)).ifPresent(first -> forms.put(first, form)));
        Map<Hook, Optional<DiagramChoice.Drawn>> all = new EnumMap<>(Hook.class);
        // The diagrams of different hooks share no mutable state.
        (isLong(blocksByHook) ? drawn.parallelStream() : drawn.stream())
                .map(hook -> Map.entry(
                        hook,
                        plan.draw(choice(
                                hook,
                                blocksByHook.getOrDefault(hook, List.of()),
                                strings,
                                new ConditionBuilder.Manner(plan.order(), forms.getOrDefault(hook, RuleForm.DIAGRAM)),
                                budget))))
                .toList()
                .forEach(entry -> all.put(entry.getKey(), entry.getValue()));
        Set<Hook> large = EnumSet.noneOf(Hook.class);
        List<HookDecision> decisions = new ArrayList<>();
        representatives.forEach((hook, first) -> all.getOrDefault(first, Optional.empty())
                .map(DiagramChoice.Drawn::decision)
                .ifPresentOrElse(same -> decisions.add(same.at(hook)), () -> large.add(hook)));
        List<BlockDiagramBuilder> walks = all.values().stream()
                .flatMap(Optional::stream)
                .flatMap(each -> each.walks().stream())
                .toList();
        return new Attempt(new DrawnDiagrams(plan.order(), decisions, walks), large);
    }

    private static DiagramChoice choice(
            Hook hook,
            List<HookDiagram.IndexedBlock> blocks,
            PolicyStrings strings,
            ConditionBuilder.Manner manner,
            Supplier<Budget> budget) {
        return new DiagramChoice(
                blocks, limit -> new HookDiagram(hook, strings.at(hook), blocks, manner, limit), budget);
    }

    private static Map<Hook, Hook> representatives(Map<Hook, List<HookDiagram.IndexedBlock>> blocksByHook) {
        Map<Hook, Hook> representatives = new EnumMap<>(Hook.class);
        Map<DiagramKey, Hook> keys = new HashMap<>();
        blocksByHook.forEach((hook, blocks) -> {
            DiagramKey key = new DiagramKey(
                    isSameForConnectAndSendmsg(blocks) ? HookDiagram.representative(hook) : hook, blocks);
            representatives.put(hook, keys.computeIfAbsent(key, first -> hook));
        });
        return representatives;
    }

    /** Returns whether building in parallel is worthwhile. */
    private static boolean isLong(Map<Hook, List<HookDiagram.IndexedBlock>> blocksByHook) {
        return blocksByHook.values().stream()
                        .flatMap(List::stream)
                        .distinct()
                        .mapToInt(indexed -> indexed.block().rules().size())
                        .sum()
                >= LONG;
    }

    /**
     * Returns whether connect and sendmsg have the same decision. A redirect makes them differ,
     * because they accept different destinations.
     */
    private static boolean isSameForConnectAndSendmsg(List<HookDiagram.IndexedBlock> blocks) {
        return blocks.stream()
                .flatMap(indexed -> indexed.block().rules().stream())
                .flatMap(rule -> rule.effects().stream())
                .noneMatch(Effect.Redirect.class::isInstance);
    }

    /** Returns the number of edges of all diagrams. */
    long edges() {
        return decisions.stream().mapToLong(HookDecision::edges).sum();
    }

    /** Returns these diagrams with other decisions at some hooks. */
    DrawnDiagrams with(List<HookDecision> others) {
        Map<Hook, HookDecision> all = new EnumMap<>(Hook.class);
        decisions.forEach(decision -> all.put(decision.hook(), decision));
        others.forEach(decision -> all.put(decision.hook(), decision));
        return new DrawnDiagrams(order, List.copyOf(all.values()), walks);
    }

    /** Returns these diagrams and those of further hooks. */
    DrawnDiagrams and(DrawnDiagrams others) {
        List<BlockDiagramBuilder> all = new ArrayList<>(walks);
        all.addAll(others.walks);
        return new DrawnDiagrams(order, with(others.decisions).decisions, all);
    }

    /** Returns the blocks that are evaluated at each hook. */
    static Map<Hook, List<HookDiagram.IndexedBlock>> blocksByHook(Policy policy) {
        Map<Hook, List<HookDiagram.IndexedBlock>> blocksByHook = new EnumMap<>(Hook.class);
        for (int i = 0; i < policy.blocks().size(); i++) {
            Block block = policy.blocks().get(i);
            for (Hook hook : block.hooks()) {
                blocksByHook.computeIfAbsent(hook, h -> new ArrayList<>()).add(new HookDiagram.IndexedBlock(block, i));
            }
        }
        return blocksByHook;
    }
}
