package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Rule;

/**
 * One block's ordered rules as a diagram over the atoms of one hook: the first rule with a verdict whose guard holds
 * decides, and those without one before it add their effects. The rules are overlaid pairwise, so that a long list costs
 * about what its diagram is large.
 */
final class RuleWalk {
    private final Forest<Walked> forest = new Forest<>();
    private final List<Node<Walked>> rules = new ArrayList<>();
    private final Node<Walked> whole;
    private final int block;

    RuleWalk(Block source, int block, Atoms atoms) {
        this(source, block, atoms, Walked::of);
    }

    /** `held` says what a rule whose guard holds contributes at this hook. */
    RuleWalk(Block source, int block, Atoms atoms, BiFunction<Rule, RuleRef, Walked> held) {
        this.block = block;
        for (int i = 0; i < source.rules().size(); i++) {
            Rule rule = source.rules().get(i);
            GuardDiagram guards = new GuardDiagram(atoms, rule.denies());
            Walked walked = held.apply(rule, new RuleRef(block, i));
            Node<Boolean> guard = rule.guard().accept(guards);
            rules.add(forest.map(guard, holds -> holds ? walked : Walked.NOWHERE));
        }
        whole = Folds.balanced(rules, this::overlay).orElseGet(() -> forest.leaf(Walked.NOWHERE));
    }

    private Node<Walked> overlay(Node<Walked> first, Node<Walked> second) {
        return forest.combine(first, second, Walked::then);
    }

    /** The block's decision for every request. */
    Node<Outcome> decision(Forest<Outcome> target) {
        return target.map(whole, Walked::outcome);
    }

    /** The rules that have a say for some request. */
    SortedSet<RuleRef> acting() {
        return rulesOf(whole, walked -> walked.outcome().rules().stream());
    }

    /** The rules that decide where this rule's guard holds; empty if it holds nowhere. */
    SortedSet<RuleRef> decidingWhere(int rule) {
        Node<Walked> there =
                forest.combine(whole, rules.get(rule), (all, own) -> own.rules().isEmpty() ? own : all);
        return rulesOf(there, walked -> walked.decider().stream());
    }

    private static SortedSet<RuleRef> rulesOf(Node<Walked> node, Function<Walked, Stream<RuleRef>> wanted) {
        SortedSet<RuleRef> found = new TreeSet<>();
        Walk.leaves(node, walked -> wanted.apply(walked).forEach(found::add));
        return found;
    }

    int block() {
        return block;
    }
}
