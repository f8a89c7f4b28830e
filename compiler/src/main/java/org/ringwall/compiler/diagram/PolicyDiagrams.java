// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.CallerUse;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.WrittenHooks;

/**
 * The decisions of a policy at each hook that it needs, and its shadowed rules.
 *
 * @param decisions one decision for each hook, in the order of {@link Hook}
 * @param shadowed rules with a guard that decide for no request at any hook, or, without a verdict,
 *     whose effects never happen
 * @param order the order of tests in all of them
 */
public record PolicyDiagrams(List<HookDecision> decisions, Map<RuleRef, UnreachableRule> shadowed, TestOrder order) {
    /** Up to this many edges, of all hooks together, no other order is tried. */
    private static final long ENOUGH = 100_000;

    /**
     * The same for policies with params or live sets, whose diagrams may grow exponentially in one
     * order and not in the other.
     */
    private static final long ENOUGH_OF_UNKNOWN = 400;

    /**
     * The number of tests above which a branch may not reach its target: a test takes several
     * slots, and a jump spans at most 32,767.
     */
    private static final int MANY_TESTS = 20_000;

    /** The number of rules from which construction in parallel is worth the start of threads. */
    private static final int LONG = 1_000;

    public PolicyDiagrams {
        decisions = List.copyOf(decisions);
        shadowed = Collections.unmodifiableMap(new java.util.TreeMap<>(shadowed));
    }

    /** A hook and its blocks; hooks with equal keys share one diagram. */
    private record DiagramKey(Hook hook, List<HookDiagram.IndexedBlock> blocks) {}

    /** Builds the diagrams of a policy that is known to fit all limits. */
    public static PolicyDiagrams of(Policy policy) {
        try {
            return of(policy, PolicyStrings.of(policy));
        } catch (TooManyPatternsException | DiagramTooLargeException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Builds the diagrams of a policy over its strings. Uses the usual order of tests, unless the
     * other order is much smaller. At hooks whose diagrams are too large in both, combines rules as
     * {@link BitVectorClassifier}.
     *
     * @throws DiagramTooLargeException if that is still too large
     */
    public static PolicyDiagrams of(Policy policy, PolicyStrings strings) throws DiagramTooLargeException {
        try {
            Drawing drawn = inTheBestOrder(policy, strings, Budget::tried);
            return smaller(policy, strings, drawn).orElseGet(() -> drawn.diagrams(policy));
        } catch (DiagramTooLargeException e) {
            Optional<PolicyDiagrams> together = together(policy, strings, e.hooks());
            return together.isPresent()
                    ? together.get()
                    : inTheBestOrder(policy, strings, Budget::ofHook).diagrams(policy);
        }
    }

    /**
     * Returns diagrams with combined rules if a program would have very many tests and combining
     * avoids that.
     */
    private static Optional<PolicyDiagrams> smaller(Policy policy, PolicyStrings strings, Drawing drawn) {
        Set<Hook> large = drawn.decisions().stream()
                .filter(decision -> decision.tests() > MANY_TESTS)
                .map(HookDecision::hook)
                .collect(Collectors.toSet());
        return large.isEmpty()
                ? Optional.empty()
                : together(policy, strings, large)
                        .filter(other -> other.decisions().stream().allMatch(each -> each.tests() <= MANY_TESTS));
    }

    /**
     * Returns the diagrams with rules combined at these hooks as far as possible. Empty if no rules
     * can be combined or a diagram is still too large.
     */
    public static Optional<PolicyDiagrams> together(Policy policy, PolicyStrings strings, Set<Hook> hooks) {
        try {
            PolicyDiagrams all = Drawing.of(
                            policy, strings, new Way(TestOrder.PORTS_FIRST, hooks, false), Budget::ofHook)
                    .diagrams(policy);
            return all.decisions().stream().anyMatch(HookDecision::intersects) ? Optional.of(all) : Optional.empty();
        } catch (DiagramTooLargeException e) {
            return Optional.empty();
        }
    }

    /**
     * Returns the diagrams with separate effect diagrams wherever possible
     * ({@link EffectDiagrams}).
     */
    public static PolicyDiagrams apart(Policy policy, PolicyStrings strings) throws DiagramTooLargeException {
        return Drawing.of(policy, strings, new Way(TestOrder.PORTS_FIRST, Set.of(), true), Budget::ofHook)
                .diagrams(policy);
    }

    /**
     * The settings for building the diagrams of all hooks.
     *
     * @param together the hooks at which rules are combined as {@link BitVectorClassifier}
     * @param apart whether effect diagrams are built wherever possible, and not only where outcomes
     *     multiply
     */
    private record Way(TestOrder order, Set<Hook> together, boolean apart) {
        Optional<DiagramChoice.Drawn> draw(DiagramChoice drawing) {
            return apart ? drawing.drawApart() : drawing.draw();
        }
    }

    /**
     * Returns the diagrams in the order of tests that makes them smaller. Comparisons with params
     * and live sets do not exclude each other, so that one of the orders may test all of them
     * before it tests what would separate them: both are tried in a small budget first.
     */
    private static Drawing inTheBestOrder(Policy policy, PolicyStrings strings, Supplier<Budget> budget)
            throws DiagramTooLargeException {
        if (comparesWithUnknown(policy)) {
            try {
                return inTheBestOrder(policy, strings, () -> budget.get().atMost(Budget.FEW_EDGES), ENOUGH_OF_UNKNOWN);
            } catch (DiagramTooLargeException e) {
                // Both orders need more.
            }
        }
        return inTheBestOrder(policy, strings, budget, ENOUGH);
    }

    /** Does the same with one budget; up to `enough` edges the other order is not tried. */
    private static Drawing inTheBestOrder(Policy policy, PolicyStrings strings, Supplier<Budget> budget, long enough)
            throws DiagramTooLargeException {
        Optional<Drawing> usual = Optional.empty();
        Optional<DiagramTooLargeException> refused = Optional.empty();
        try {
            usual = Optional.of(Drawing.of(policy, strings, new Way(TestOrder.PORTS_FIRST, Set.of(), false), budget));
        } catch (DiagramTooLargeException e) {
            refused = Optional.of(e);
        }
        if (usual.isPresent() && usual.get().edges() <= enough) {
            return usual.get();
        }
        try {
            Drawing other = Drawing.of(policy, strings, new Way(TestOrder.ADDRESSES_FIRST, Set.of(), false), budget);
            if (usual.isEmpty() || other.edges() < usual.get().edges() / 2) {
                return other;
            }
        } catch (DiagramTooLargeException e) {
            if (refused.isPresent()) {
                throw refused.get();
            }
        }
        return usual.orElseThrow();
    }

    private static boolean comparesWithUnknown(Policy policy) {
        return !policy.params().isEmpty() || !policy.state().liveSets().isEmpty();
    }

    /** Returns whether building in parallel is worthwhile. */
    private static boolean isLong(Policy policy) {
        return policy.blocks().stream().mapToInt(block -> block.rules().size()).sum() >= LONG;
    }

    /** The decisions of all hooks in one order of tests. */
    private record Drawing(TestOrder order, List<HookDecision> decisions, List<BlockDiagramBuilder> walks) {
        static Drawing of(Policy policy, PolicyStrings strings, Way way, Supplier<Budget> budget)
                throws DiagramTooLargeException {
            Map<Hook, List<HookDiagram.IndexedBlock>> blocksByHook = blocksByHook(policy);
            Map<Hook, Hook> representatives = new EnumMap<>(Hook.class);
            Map<DiagramKey, Hook> keys = new HashMap<>();
            blocksByHook.forEach((hook, blocks) -> {
                DiagramKey key = new DiagramKey(
                        isSameForConnectAndSendmsg(blocks) ? HookDiagram.representative(hook) : hook, blocks);
                representatives.put(hook, keys.computeIfAbsent(key, first -> hook));
            });
            List<Hook> drawn = representatives.values().stream().distinct().toList();
            Set<Hook> multiplying = way.together().stream()
                    .flatMap(hook -> Optional.ofNullable(representatives.get(hook)).stream())
                    .collect(Collectors.toSet());
            Map<Hook, Optional<DiagramChoice.Drawn>> all = new EnumMap<>(Hook.class);
            // The diagrams of different hooks share no mutable state.
            (isLong(policy) ? drawn.parallelStream() : drawn.stream())
                    .map(hook -> Map.entry(
                            hook,
                            way.draw(new DiagramChoice(
                                    blocksByHook.getOrDefault(hook, List.of()),
                                    limit -> new HookDiagram(
                                            hook,
                                            strings.at(hook),
                                            new ConditionBuilder.Manner(way.order(), multiplying.contains(hook)),
                                            limit),
                                    budget))))
                    .toList()
                    .forEach(entry -> all.put(entry.getKey(), entry.getValue()));
            Set<Hook> large = EnumSet.noneOf(Hook.class);
            all.forEach((hook, of) -> {
                if (of.isEmpty()) {
                    large.add(hook);
                }
            });
            if (!large.isEmpty()) {
                throw new DiagramTooLargeException(large);
            }
            List<HookDecision> decisions = new ArrayList<>();
            representatives.forEach((hook, first) -> all.getOrDefault(first, Optional.empty())
                    .map(DiagramChoice.Drawn::decision)
                    .ifPresent(same -> decisions.add(same.at(hook))));
            List<BlockDiagramBuilder> walks = all.values().stream()
                    .flatMap(Optional::stream)
                    .flatMap(each -> each.walks().stream())
                    .toList();
            return new Drawing(way.order(), decisions, walks);
        }

        long edges() {
            return decisions.stream().mapToLong(HookDecision::edges).sum();
        }

        PolicyDiagrams diagrams(Policy policy) {
            return new PolicyDiagrams(withDuties(policy, decisions), new Shadows(policy, walks).find(), order);
        }
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

    /** Adds the actions that hooks perform for each other, also at hooks without a block. */
    private static List<HookDecision> withDuties(Policy policy, List<HookDecision> decisions) {
        Map<Hook, HookDecision> all = new EnumMap<>(Hook.class);
        decisions.forEach(decision -> all.put(decision.hook(), decision));
        if (decisions.stream().anyMatch(HookDecision::readsStamps)) {
            stamp(all);
        }
        if (decisions.stream().anyMatch(HookDecision::redirects)) {
            WrittenHooks.OTHER_ENDS.forEach(hook -> add(all, hook, HookDecision.Duty.RECALL));
            add(all, Hook.CONNECT4, HookDecision.Duty.DROP_ORIGINAL);
            add(all, Hook.CONNECT6, HookDecision.Duty.DROP_ORIGINAL);
            if (policy.answersOriginal()) {
                add(all, Hook.SOCK_OPS, HookDecision.Duty.HAND_OVER);
                add(all, Hook.GETSOCKOPT, HookDecision.Duty.ANSWER);
            }
        }
        return List.copyOf(all.values());
    }

    private static void stamp(Map<Hook, HookDecision> all) {
        add(all, Hook.SOCK_CREATE, HookDecision.Duty.STAMP);
        all.replaceAll((hook, decision) -> HookFields.readsStamps(hook) && decision.records()
                ? decision.with(HookDecision.Duty.TELL_MAKER)
                : decision);
    }

    /**
     * Returns the diagrams for this kernel and newer ones. If these kernels can find the MPTCP
     * socket of a subflow, MPTCP sockets are stamped, so that the creator is checked instead of the
     * kernel worker that connects. If they cannot report the network namespace of an established
     * connection, sockets are stamped for passing on the original destination.
     */
    public PolicyDiagrams on(KernelVersion oldest, Policy policy) {
        Map<Hook, HookDecision> all = new EnumMap<>(Hook.class);
        decisions.forEach(decision -> all.put(decision.hook(), decision));
        boolean finds = decisions.stream()
                .map(HookDecision::hook)
                .anyMatch(hook ->
                        CallerUse.at(hook, policy).isPresent() && Helper.SKC_TO_MPTCP_SOCK.availableAt(hook, oldest));
        if (finds) {
            add(all, Hook.SOCK_CREATE, HookDecision.Duty.STAMP_MPTCP);
        }
        if (decisions.stream().anyMatch(HookDecision::handsOver) && HookFields.handsOverByStamps(oldest)) {
            stamp(all);
        }
        return new PolicyDiagrams(List.copyOf(all.values()), shadowed, order);
    }

    private static void add(Map<Hook, HookDecision> all, Hook hook, HookDecision.Duty duty) {
        all.merge(hook, HookDecision.ofDuty(hook, duty), (own, alone) -> own.with(duty));
    }

    private static Map<Hook, List<HookDiagram.IndexedBlock>> blocksByHook(Policy policy) {
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
