// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Policy;

/**
 * The choice of the order of tests, and of the form in which the rules of each hook are combined
 * ({@link RuleForm}). The size of a diagram cannot be predicted, so forms are tried within budgets:
 *
 * <ul>
 *   <li>One diagram for each hook, in the order of tests that makes them smaller.
 *   <li>Where rules depend on params, live sets or rates, these rules in turn too, if that is half
 *       as large.
 *   <li>Where that exceeds its budget or the program does not fit: bit vectors, then every rule in
 *       turn, whose size is the sum of the rules, then one diagram in a larger budget.
 * </ul>
 */
public final class DiagramStrategy {
    /** Up to this many edges, of all hooks together, no other order is tried. */
    private static final long ENOUGH = 100_000;

    /**
     * The same for policies with params or live sets, whose diagrams may grow exponentially in one
     * order and not in the other.
     */
    private static final long ENOUGH_OF_UNKNOWN = 400;

    /** The edges that are drawn of a diagram with params or live sets, in a tenth of a second. */
    private static final long MOST_OF_UNKNOWN = 4 * Budget.FEW_EDGES;

    /**
     * The number of tests above which a branch may not reach its target: a test takes several
     * slots, and a jump spans at most 32,767.
     */
    private static final int MANY_TESTS = 20_000;

    /** A diagram that costs at most this many slots is never replaced by rules in turn. */
    private static final long CHEAP = 256;

    /** How many times the cost of rules in turn one diagram may have, because it is faster. */
    private static final long WORTH = 2;

    private final Policy policy;
    private final PolicyStrings strings;
    private final Map<Hook, List<HookDiagram.IndexedBlock>> blocks;
    private final PolicyDiagrams exact;
    private final PolicyDiagrams preferred;

    private DiagramStrategy(Policy policy, PolicyStrings strings) throws DiagramTooLargeException {
        this.policy = policy;
        this.strings = strings;
        this.blocks = DrawnDiagrams.blocksByHook(policy);
        Attempt first = firstAttempt();
        DrawnDiagrams drawn = first.drawn().isPresent() ? first.drawn().get() : fallback(first.large());
        this.exact = PolicyDiagrams.of(policy, drawn);
        this.preferred =
                (first.drawn().isPresent() ? smaller(drawn) : inTurnWhereSmaller(drawn)).orElse(exact);
    }

    /** What the first attempt gave: the diagrams of all hooks, or the hooks that are too large. */
    private record Attempt(Optional<DrawnDiagrams> drawn, Set<Hook> large) {}

    /**
     * Chooses for a policy with these strings.
     *
     * @throws DiagramTooLargeException if some hook is too large in every form
     */
    public static DiagramStrategy of(Policy policy, PolicyStrings strings) throws DiagramTooLargeException {
        return new DiagramStrategy(policy, strings);
    }

    /** Returns the diagrams of the form that is preferred for programs. */
    public PolicyDiagrams preferred() {
        return preferred;
    }

    /**
     * Returns the diagrams that analyses read: one for each hook, whatever the programs are made
     * from; those of the programs if it is too large for a diagram.
     */
    public PolicyDiagrams exact() {
        return exact;
    }

    /**
     * Returns the programs of the preferred form, or of the first other form whose programs fit.
     * If none fits, returns the former.
     *
     * @param tooLarge returns the hooks whose programs do not fit
     */
    public <P> P programs(Function<PolicyDiagrams, P> generate, Function<P, Set<Hook>> tooLarge) {
        P usual = generate.apply(preferred);
        Set<Hook> large = tooLarge.apply(usual);
        if (large.isEmpty()) {
            return usual;
        }
        Set<Hook> others = EnumSet.copyOf(large);
        preferred.decisions().stream()
                .filter(HookDecision::isNotOneDiagram)
                .map(HookDecision::hook)
                .forEach(others::add);
        for (RuleForm form : List.of(RuleForm.BIT_VECTORS, RuleForm.IN_TURN)) {
            Optional<P> other = inForm(form, others, Budget::ofHook)
                    .map(generate)
                    .filter(programs -> tooLarge.apply(programs).isEmpty());
            if (other.isPresent()) {
                return other.get();
            }
        }
        return usual;
    }

    private Attempt firstAttempt() {
        try {
            return new Attempt(Optional.of(inTheBestOrder(Budget::tried)), Set.of());
        } catch (DiagramTooLargeException e) {
            return new Attempt(Optional.empty(), e.hooks());
        }
    }

    /**
     * Returns the diagrams with another form at the hooks where it is much smaller; empty if it is
     * so at none.
     */
    private Optional<PolicyDiagrams> smaller(DrawnDiagrams drawn) {
        Set<Hook> large = drawn.decisions().stream()
                .filter(decision -> decision.tests() > MANY_TESTS)
                .map(HookDecision::hook)
                .collect(Collectors.toSet());
        Optional<PolicyDiagrams> vectors = large.isEmpty()
                ? Optional.empty()
                : inForm(RuleForm.BIT_VECTORS, large, Budget::ofHook)
                        .filter(other -> other.decisions().stream().allMatch(each -> each.tests() <= MANY_TESTS));
        return vectors.or(() -> inTurnWhereSmaller(drawn));
    }

    private Optional<PolicyDiagrams> inTurnWhereSmaller(DrawnDiagrams drawn) {
        Map<Hook, Long> costs = new EnumMap<>(Hook.class);
        Map<Hook, List<HookDiagram.IndexedBlock>> unknown = new EnumMap<>(Hook.class);
        for (HookDecision decision : drawn.decisions()) {
            Hook hook = decision.hook();
            long cost = decision.cost();
            if (!decision.isNotOneDiagram()
                    && cost > CHEAP
                    && dependsOnUnknown(hook)
                    && GuardsInTurn.areFew(RuleForm.UNKNOWN_IN_TURN, at(hook))) {
                costs.put(hook, cost);
                unknown.put(hook, at(hook));
            }
        }
        try {
            DrawnDiagrams inTurn = DrawnDiagrams.of(
                    unknown,
                    strings,
                    DrawnDiagrams.Plan.of(RuleForm.UNKNOWN_IN_TURN, unknown.keySet()),
                    () -> Budget.tried().atMost(Budget.FEW_EDGES));
            List<HookDecision> smaller = inTurn.decisions().stream()
                    .filter(decision -> costs.getOrDefault(decision.hook(), 0L) > WORTH * decision.cost())
                    .toList();
            return smaller.isEmpty() ? Optional.empty() : Optional.of(PolicyDiagrams.of(policy, drawn.with(smaller)));
        } catch (DiagramTooLargeException e) {
            return Optional.empty();
        }
    }

    private List<HookDiagram.IndexedBlock> at(Hook hook) {
        return blocks.getOrDefault(hook, List.of());
    }

    /** Returns the diagrams if one diagram is too large at these hooks. */
    private DrawnDiagrams fallback(Set<Hook> large) throws DiagramTooLargeException {
        Set<Hook> unknown = large.stream().filter(this::dependsOnUnknown).collect(Collectors.toSet());
        Optional<DrawnDiagrams> inTurn =
                unknown.isEmpty() ? Optional.empty() : drawn(RuleForm.UNKNOWN_IN_TURN, large, Budget::tried);
        Optional<DrawnDiagrams> other = inTurn.or(() -> drawn(RuleForm.BIT_VECTORS, large, Budget::ofHook))
                .or(() -> drawn(RuleForm.IN_TURN, large, () -> Budget.ofHook().atMost(Budget.FEW_EDGES)));
        if (other.isPresent()) {
            return other.get();
        }
        try {
            return inTheBestOrder(Budget::ofHook);
        } catch (DiagramTooLargeException e) {
            Optional<DrawnDiagrams> last = drawn(RuleForm.IN_TURN, e.hooks(), Budget::ofHook);
            if (last.isEmpty()) {
                throw e;
            }
            return last.get();
        }
    }

    /**
     * Returns the diagrams in this form at these hooks; empty if it is too large or not possible.
     */
    private Optional<PolicyDiagrams> inForm(RuleForm form, Set<Hook> hooks, Supplier<Budget> budget) {
        return drawn(form, hooks, budget).map(drawn -> PolicyDiagrams.of(policy, drawn));
    }

    private Optional<DrawnDiagrams> drawn(RuleForm form, Set<Hook> hooks, Supplier<Budget> budget) {
        return drawn(policy, strings, form, hooks, budget);
    }

    private static Optional<DrawnDiagrams> drawn(
            Policy policy, PolicyStrings strings, RuleForm form, Set<Hook> hooks, Supplier<Budget> budget) {
        Map<Hook, List<HookDiagram.IndexedBlock>> blocks = DrawnDiagrams.blocksByHook(policy);
        if (!hooks.stream().allMatch(hook -> GuardsInTurn.areFew(form, blocks.getOrDefault(hook, List.of())))) {
            return Optional.empty();
        }
        try {
            DrawnDiagrams all = DrawnDiagrams.of(blocks, strings, DrawnDiagrams.Plan.of(form, hooks), budget);
            return all.decisions().stream().anyMatch(HookDecision::isNotOneDiagram)
                    ? Optional.of(all)
                    : Optional.empty();
        } catch (DiagramTooLargeException e) {
            return Optional.empty();
        }
    }

    /**
     * Returns the diagrams in this form at all hooks; empty if it is possible at none, or too
     * large.
     */
    public static Optional<PolicyDiagrams> everywhere(RuleForm form, Policy policy, PolicyStrings strings) {
        return drawn(policy, strings, form, EnumSet.allOf(Hook.class), Budget::ofHook)
                .map(drawn -> PolicyDiagrams.of(policy, drawn));
    }

    /**
     * Returns the diagrams with separate effect diagrams wherever possible
     * ({@link EffectDiagrams}).
     */
    public static PolicyDiagrams withEffectsApart(Policy policy, PolicyStrings strings)
            throws DiagramTooLargeException {
        DrawnDiagrams.Plan plan = new DrawnDiagrams.Plan(TestOrder.PORTS_FIRST, Map.of(), true);
        return PolicyDiagrams.of(
                policy, DrawnDiagrams.of(DrawnDiagrams.blocksByHook(policy), strings, plan, Budget::ofHook));
    }

    /**
     * Returns the diagrams in the order of tests that makes them smaller. Comparisons with params
     * and live sets do not exclude each other, so that one of the orders may test all of them
     * before it tests what would separate them: both are tried in a small budget first.
     */
    private DrawnDiagrams inTheBestOrder(Supplier<Budget> budget) throws DiagramTooLargeException {
        if (!policy.params().isEmpty() || !policy.state().liveSets().isEmpty()) {
            try {
                return inTheBestOrder(() -> budget.get().atMost(Budget.FEW_EDGES), ENOUGH_OF_UNKNOWN);
            } catch (DiagramTooLargeException e) {
                // Both orders need more. If that is not enough either, rules are tested in turn.
                return inTheBestOrder(() -> budget.get().atMost(MOST_OF_UNKNOWN), ENOUGH);
            }
        }
        return inTheBestOrder(budget, ENOUGH);
    }

    /** Does the same with one budget; up to `enough` edges the other order is not tried. */
    private DrawnDiagrams inTheBestOrder(Supplier<Budget> budget, long enough) throws DiagramTooLargeException {
        Optional<DrawnDiagrams> usual = Optional.empty();
        Optional<DiagramTooLargeException> refused = Optional.empty();
        try {
            usual = Optional.of(inOrder(TestOrder.PORTS_FIRST, budget));
        } catch (DiagramTooLargeException e) {
            refused = Optional.of(e);
        }
        if (usual.isPresent() && usual.get().edges() <= enough) {
            return usual.get();
        }
        try {
            DrawnDiagrams other = inOrder(TestOrder.ADDRESSES_FIRST, budget);
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

    private DrawnDiagrams inOrder(TestOrder order, Supplier<Budget> budget) throws DiagramTooLargeException {
        return DrawnDiagrams.of(blocks, strings, DrawnDiagrams.Plan.of(order), budget);
    }

    /** Returns whether several rules at the hook depend on a param, a live set or a rate. */
    private boolean dependsOnUnknown(Hook hook) {
        return at(hook).stream()
                        .flatMap(indexed -> indexed.block().rules().stream())
                        .filter(GuardsInTurn::dependsOnUnknown)
                        .limit(2)
                        .count()
                == 2;
    }
}
