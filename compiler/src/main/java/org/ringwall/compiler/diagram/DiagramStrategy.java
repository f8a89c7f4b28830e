// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
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
 *   <li>At hooks where that exceeds its budget, has more tests than a program can jump over, or
 *       where the program does not fit: these rules in turn, bit vectors, then every rule in turn,
 *       whose size is the sum of the rules, then one diagram in a larger budget.
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

    /** The same for the predicted slots of tests. */
    private static final long MANY_SLOTS = 32_767;

    /** The edges that are drawn to combine rules as bit vectors, in a few seconds. */
    private static final long MOST_OF_VECTORS = 50 * Budget.FEW_EDGES;

    /**
     * The edges that are drawn in a second to test all rules in turn, or with params or live sets
     * as bit vectors. The two destinations of `::` are drawn as pairs of rules, of which few are
     * left.
     */
    private static final long SEVERAL = 10 * Budget.FEW_EDGES;

    /** A diagram that costs at most this many slots is never replaced by rules in turn. */
    private static final long CHEAP = 256;

    /** How many times the cost of rules in turn one diagram may have, because it is faster. */
    private static final long WORTH = 2;

    /** The forms other than one diagram, in the order in which they are tried. */
    private static final List<RuleForm> OTHERS =
            List.of(RuleForm.UNKNOWN_IN_TURN, RuleForm.BIT_VECTORS, RuleForm.IN_TURN);

    private final Policy policy;
    private final PolicyStrings strings;
    private final Map<Hook, List<HookDiagram.IndexedBlock>> blocks;
    private final Map<RuleForm, DrawnDiagrams.Attempt> attempts = new EnumMap<>(RuleForm.class);
    private final DrawnDiagrams drawn;
    private final PolicyDiagrams exact;
    private final PolicyDiagrams preferred;

    private DiagramStrategy(Policy policy, PolicyStrings strings) throws DiagramTooLargeException {
        this.policy = policy;
        this.strings = strings;
        this.blocks = DrawnDiagrams.blocksByHook(policy);
        DrawnDiagrams.Attempt first = inTheBestOrder(Budget::tried);
        DrawnDiagrams usual =
                first.large().isEmpty() ? first.drawn() : first.drawn().and(others(first));
        this.drawn = usual.with(smaller(usual));
        this.exact = PolicyDiagrams.of(policy, usual);
        this.preferred = exact.with(policy, drawn.decisions());
    }

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
        for (RuleForm form : large.isEmpty() ? List.<RuleForm>of() : OTHERS) {
            List<HookDecision> found = attempt(form, large).drawn().decisions().stream()
                    .filter(decision -> fits(form, decision))
                    .toList();
            if (!found.isEmpty() && !drawn.decisions().containsAll(found)) {
                P other = generate.apply(exact.with(policy, drawn.with(found).decisions()));
                if (tooLarge.apply(other).isEmpty()) {
                    return other;
                }
            }
        }
        return usual;
    }

    /**
     * Returns the decisions of hooks in another form where it is much smaller than one diagram;
     * possibly none.
     */
    private List<HookDecision> smaller(DrawnDiagrams usual) {
        Map<Hook, Long> costs = new EnumMap<>(Hook.class);
        Set<Hook> large = EnumSet.noneOf(Hook.class);
        for (HookDecision decision : usual.decisions()) {
            Hook hook = decision.hook();
            if (decision.tests() > MANY_TESTS) {
                large.add(hook);
            } else if (!decision.isNotOneDiagram() && decision.cost() > CHEAP && dependsOnUnknown(hook)) {
                costs.put(hook, decision.cost());
            }
        }
        List<HookDecision> found = new ArrayList<>();
        notOneDiagram(attempt(RuleForm.UNKNOWN_IN_TURN, costs.keySet())).stream()
                .filter(decision -> costs.getOrDefault(decision.hook(), 0L) > WORTH * decision.cost())
                .forEach(found::add);
        Forms forms = new Forms(usual.order(), large);
        forms.tryAll();
        found.addAll(forms.fitting.decisions());
        return found;
    }

    private List<HookDiagram.IndexedBlock> at(Hook hook) {
        return blocks.getOrDefault(hook, List.of());
    }

    /**
     * Returns the diagrams of the hooks that the attempt did not draw.
     *
     * @throws DiagramTooLargeException if some hook is too large in every form
     */
    private DrawnDiagrams others(DrawnDiagrams.Attempt attempt) throws DiagramTooLargeException {
        Forms forms = new Forms(attempt.drawn().order(), attempt.large());
        forms.tryAll();
        if (!forms.left.isEmpty()) {
            forms.accept(
                    inOrder(attempt.drawn().order(), forms.left, Budget::ofHook).drawn(), decision -> true);
        }
        if (!forms.left.isEmpty()) {
            forms.accept(drawn(RuleForm.IN_TURN, forms.left, Budget::ofHook).drawn(), decision -> true);
        }
        if (!forms.left.isEmpty()) {
            throw new DiagramTooLargeException(forms.left);
        }
        return forms.fitting;
    }

    /** Hooks and the first of the other forms that fits each of them. */
    private final class Forms {
        private final Set<Hook> left = EnumSet.noneOf(Hook.class);
        private DrawnDiagrams fitting;

        Forms(TestOrder order, Set<Hook> hooks) {
            this.left.addAll(hooks);
            this.fitting = new DrawnDiagrams(order, List.of(), List.of());
        }

        /** Tries the forms for the hooks that are left. */
        void tryAll() {
            for (RuleForm form : OTHERS) {
                accept(attempt(form, left).drawn(), decision -> fits(form, decision));
            }
        }

        void accept(DrawnDiagrams drawn, Predicate<HookDecision> fits) {
            List<HookDecision> accepted =
                    drawn.decisions().stream().filter(fits).toList();
            fitting = fitting.and(new DrawnDiagrams(fitting.order(), accepted, drawn.walks()));
            accepted.forEach(decision -> left.remove(decision.hook()));
        }
    }

    /**
     * Returns whether a decision in this form is likely to fit a program, or no further form is
     * smaller. The ranges of bit vectors are tables.
     */
    private static boolean fits(RuleForm form, HookDecision decision) {
        return decision.isNotOneDiagram()
                && decision.tests() <= MANY_TESTS
                && (form != RuleForm.UNKNOWN_IN_TURN || decision.cost() <= MANY_SLOTS);
    }

    private static List<HookDecision> notOneDiagram(DrawnDiagrams.Attempt attempt) {
        return attempt.drawn().decisions().stream()
                .filter(HookDecision::isNotOneDiagram)
                .toList();
    }

    /** Draws those of these hooks where the form is possible, each once. */
    private DrawnDiagrams.Attempt attempt(RuleForm form, Set<Hook> hooks) {
        Set<Hook> missing = EnumSet.noneOf(Hook.class);
        missing.addAll(hooks);
        DrawnDiagrams.Attempt known = attempts.get(form);
        if (known != null) {
            missing.removeAll(known.large());
            known.drawn().decisions().forEach(decision -> missing.remove(decision.hook()));
        }
        if (known == null || !missing.isEmpty()) {
            DrawnDiagrams.Attempt made =
                    drawn(form, missing, () -> Budget.tried().atMost(most(form)));
            known = known == null ? made : known.and(made);
            attempts.put(form, known);
        }
        return known.at(hooks);
    }

    private long most(RuleForm form) {
        return switch (form) {
            case DIAGRAM, UNKNOWN_IN_TURN -> Budget.FEW_EDGES;
            case BIT_VECTORS -> blocks.keySet().stream().anyMatch(this::dependsOnUnknown) ? SEVERAL : MOST_OF_VECTORS;
            case IN_TURN -> SEVERAL;
        };
    }

    private DrawnDiagrams.Attempt drawn(RuleForm form, Set<Hook> hooks, Supplier<Budget> budget) {
        Set<Hook> possible = hooks.stream()
                .filter(hook -> GuardsInTurn.areFew(form, at(hook)))
                .filter(hook -> form != RuleForm.UNKNOWN_IN_TURN || dependsOnUnknown(hook))
                .collect(Collectors.toSet());
        return DrawnDiagrams.of(
                only(possible), strings, DrawnDiagrams.Plan.of(TestOrder.PORTS_FIRST, form, possible), budget);
    }

    private Map<Hook, List<HookDiagram.IndexedBlock>> only(Set<Hook> hooks) {
        Map<Hook, List<HookDiagram.IndexedBlock>> some = new EnumMap<>(blocks);
        some.keySet().retainAll(hooks);
        return some;
    }

    /**
     * Returns the diagrams in this form at all hooks; empty if it is possible at none, or too
     * large.
     */
    public static Optional<PolicyDiagrams> everywhere(RuleForm form, Policy policy, PolicyStrings strings) {
        Map<Hook, List<HookDiagram.IndexedBlock>> blocks = DrawnDiagrams.blocksByHook(policy);
        if (!blocks.values().stream().allMatch(each -> GuardsInTurn.areFew(form, each))) {
            return Optional.empty();
        }
        DrawnDiagrams.Attempt attempt = DrawnDiagrams.of(
                blocks,
                strings,
                DrawnDiagrams.Plan.of(TestOrder.PORTS_FIRST, form, EnumSet.allOf(Hook.class)),
                Budget::ofHook);
        return attempt.large().isEmpty() && !notOneDiagram(attempt).isEmpty()
                ? Optional.of(PolicyDiagrams.of(policy, attempt.drawn()))
                : Optional.empty();
    }

    /**
     * Returns the diagrams with separate effect diagrams wherever possible
     * ({@link EffectDiagrams}).
     */
    public static PolicyDiagrams withEffectsApart(Policy policy, PolicyStrings strings)
            throws DiagramTooLargeException {
        DrawnDiagrams.Plan plan = new DrawnDiagrams.Plan(TestOrder.PORTS_FIRST, Map.of(), true);
        return PolicyDiagrams.of(
                policy,
                DrawnDiagrams.of(DrawnDiagrams.blocksByHook(policy), strings, plan, Budget::ofHook)
                        .all());
    }

    /**
     * Draws all hooks in the order of tests that makes them smaller. Comparisons with params and
     * live sets do not exclude each other, so that one of the orders may test all of them before it
     * tests what would separate them: both are tried in a small budget first.
     */
    private DrawnDiagrams.Attempt inTheBestOrder(Supplier<Budget> budget) {
        if (policy.params().isEmpty() && policy.state().liveSets().isEmpty()) {
            return inTheBestOrder(budget, ENOUGH);
        }
        DrawnDiagrams.Attempt small = inTheBestOrder(() -> budget.get().atMost(Budget.FEW_EDGES), ENOUGH_OF_UNKNOWN);
        // Both orders need more. If that is not enough either, rules are tested in turn.
        return small.large().isEmpty()
                ? small
                : inTheBestOrder(() -> budget.get().atMost(MOST_OF_UNKNOWN), ENOUGH);
    }

    /** Does the same with one budget; up to `enough` edges the other order is not tried. */
    private DrawnDiagrams.Attempt inTheBestOrder(Supplier<Budget> budget, long enough) {
        DrawnDiagrams.Attempt usual = inOrder(TestOrder.PORTS_FIRST, blocks.keySet(), budget);
        if (usual.large().isEmpty() && usual.drawn().edges() <= enough) {
            return usual;
        }
        DrawnDiagrams.Attempt other = inOrder(TestOrder.ADDRESSES_FIRST, blocks.keySet(), budget);
        boolean smaller = !usual.large().isEmpty()
                || other.drawn().edges() < usual.drawn().edges() / 2;
        return other.large().isEmpty() && smaller ? other : usual;
    }

    private DrawnDiagrams.Attempt inOrder(TestOrder order, Set<Hook> hooks, Supplier<Budget> budget) {
        return DrawnDiagrams.of(only(hooks), strings, DrawnDiagrams.Plan.of(order), budget);
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
