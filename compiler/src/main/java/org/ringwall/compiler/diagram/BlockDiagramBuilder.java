// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Destination;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.policy.Verdict;

/**
 * The ordered rules of one block as a diagram over the atoms of one hook. The first rule with a
 * verdict whose guard holds decides, and rules without a verdict before it add their effects.
 * Rules are merged pairwise ({@link BalancedMerge}), so that the cost of a long list is about the
 * size of its diagram.
 */
final class BlockDiagramBuilder {
    /** The maximum number of deciding rules that are named for a shadowed rule. */
    private static final int MOST_NAMED = 16;

    private final ConditionBuilder booleans;
    private final List<Node<Boolean>> guards = new ArrayList<>();
    private final Optional<ClassifierBuilder> intersected;
    private final Node<PartialOutcome> whole;
    private final Block source;
    private final int block;
    private final Place place;

    /**
     * The hook at which a block is evaluated.
     *
     * @param writing whether the request can be changed. At the creation of a socket with an
     *     unknown remote end it cannot: nothing is written, rules without a verdict are skipped,
     *     and rules that redirect deny
     */
    record Place(Hook hook, boolean writing) {}

    BlockDiagramBuilder(HookDiagram.IndexedBlock indexed, Atoms atoms, GuardsInTurn inTurn, Place place) {
        this.booleans = atoms.booleans();
        this.source = indexed.block();
        this.block = indexed.index();
        this.place = place;
        for (int i = 0; i < source.rules().size(); i++) {
            Rule rule = source.rules().get(i);
            boolean refuses =
                    rule.denies() || !place.writing() && redirection(rule).isPresent();
            boolean passed = rule.verdict().isEmpty() && !place.writing()
                    || indexed.apart().contains(new RuleRef(block, i));
            guards.add(passed ? booleans.constant(false) : rule.guard().accept(new GuardDiagram(atoms, refuses)));
        }
        intersected = booleans.form() == RuleForm.BIT_VECTORS && ClassifierBuilder.at(place.hook())
                ? Optional.of(new ClassifierBuilder(booleans, block, this::held))
                : Optional.empty();
        whole = intersected
                .map(together -> together.of(guards))
                .orElseGet(() -> new BalancedMerge(booleans).of(guards, tested(inTurn), this::held));
    }

    private List<Node<Boolean>> tested(GuardsInTurn inTurn) {
        return IntStream.range(0, guards.size())
                .mapToObj(rule ->
                        inTurn.of(new RuleRef(block, rule), source.rules().get(rule), guards.get(rule)))
                .toList();
    }

    private static Optional<Effect.Redirect> redirection(Rule rule) {
        return rule.effects().stream()
                .filter(Effect.Redirect.class::isInstance)
                .map(Effect.Redirect.class::cast)
                .findFirst();
    }

    /** Returns the result of a rule whose guard holds. */
    private Node<PartialOutcome> held(NodeTable<PartialOutcome> forest, int index) {
        Rule rule = source.rules().get(index);
        RuleRef ref = new RuleRef(block, index);
        if (rule.verdict().isEmpty()) {
            return forest.leaf(walked(rule, ref, Optional.empty()));
        }
        Node<PartialOutcome> decided = redirection(rule)
                .map(redirect -> led(forest, rule, ref, redirect.to()))
                .orElseGet(() -> forest.leaf(walked(rule, ref, rule.verdict())));
        if (rule.within().isEmpty()) {
            return decided;
        }
        Rule.Within within = rule.within().get();
        Node<PartialOutcome> without = forest.leaf(within.otherwise()
                .map(verdict -> PartialOutcome.of(rule, ref, Optional.of(verdict), false))
                .orElse(PartialOutcome.NOWHERE));
        boolean taken = !rule.monitored() && !source.monitored();
        return forest.test(
                new Predicate.Token(ref, within.rate(), taken),
                forest.map(decided, walked -> taken ? walked.withToken(ref) : walked),
                without);
    }

    /**
     * Returns the result of a rule that redirects. It denies if the hook cannot carry the
     * destination, or if there is none.
     */
    private Node<PartialOutcome> led(NodeTable<PartialOutcome> forest, Rule rule, RuleRef ref, Destination to) {
        Node<PartialOutcome> denied = forest.leaf(walked(rule, ref, Optional.of(Verdict.DENY)));
        if (!place.writing() || !place.hook().carries(to.isV4())) {
            return denied;
        }
        Node<PartialOutcome> led = forest.leaf(walked(rule, ref, rule.verdict()));
        boolean somewhere = !(to instanceof Destination.Looked looked)
                || looked.table().otherwise().isPresent();
        return somewhere
                ? led
                : forest.test(new Predicate.HasEntry(ref, ((Destination.Looked) to).table()), led, denied);
    }

    private PartialOutcome walked(Rule rule, RuleRef ref, Optional<Verdict> verdict) {
        return PartialOutcome.of(rule, ref, verdict, place.writing());
    }

    /** Returns the block's decision for every request. */
    Node<Outcome> decision(NodeTable<Outcome> target) {
        return target.map(whole, walked -> walked.outcome(source.monitored()));
    }

    /** Returns the rules that decide or have effects for some request. */
    SortedSet<RuleRef> acting() {
        SortedSet<RuleRef> found = new TreeSet<>();
        DiagramTraversal.leaves(whole, walked -> found.addAll(walked.acting()));
        return found;
    }

    /**
     * Returns the rules that decide where the guard of this rule holds, or some of them if they are
     * many. Empty if the guard never holds.
     */
    SortedSet<RuleRef> decidingWhere(int rule) {
        Optional<SortedSet<RuleRef>> covering = intersected.flatMap(together -> together.covering(rule));
        if (covering.isPresent()) {
            return covering.get();
        }
        SortedSet<RuleRef> found = new TreeSet<>();
        booleans.walk(whole, guards.get(rule), walked -> {
            walked.decider().ifPresent(found::add);
            return found.size() == MOST_NAMED;
        });
        return found;
    }

    /** Returns whether a socket is created here whose remote end is unknown. */
    boolean ofUnknownEnd() {
        return !place.writing();
    }

    int block() {
        return block;
    }
}
