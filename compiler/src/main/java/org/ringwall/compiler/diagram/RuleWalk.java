package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Rule;

/**
 * One block's ordered rules as a diagram over the atoms of one hook: the first rule whose guard holds decides. The rules
 * are overlaid pairwise, so that a long list costs about what its diagram is large.
 */
final class RuleWalk {
    private final Forest<Optional<Outcome>> forest = new Forest<>();
    private final List<Node<Optional<Outcome>>> rules = new ArrayList<>();
    private final Node<Optional<Outcome>> whole;
    private final int block;

    RuleWalk(Block source, int block, Atoms atoms) {
        this.block = block;
        for (int i = 0; i < source.rules().size(); i++) {
            Rule rule = source.rules().get(i);
            GuardDiagram guards = new GuardDiagram(atoms, !rule.verdict().allows());
            Outcome outcome = new Outcome(rule.verdict(), List.of(new RuleRef(block, i)));
            Node<Boolean> guard = rule.guard().accept(guards);
            rules.add(forest.map(guard, holds -> holds ? Optional.of(outcome) : Optional.empty()));
        }
        whole = Folds.balanced(rules, this::overlay).orElseThrow();
    }

    private Node<Optional<Outcome>> overlay(Node<Optional<Outcome>> first, Node<Optional<Outcome>> second) {
        return forest.combine(first, second, (a, b) -> a.isPresent() ? a : b);
    }

    /** The block's decision for every request. */
    Node<Outcome> decision(Forest<Outcome> target) {
        return target.map(whole, Optional::orElseThrow);
    }

    /** The rules that decide for some request. */
    SortedSet<RuleRef> deciding() {
        return rulesOf(whole);
    }

    /** The rules that decide where this rule's guard holds; empty if it holds nowhere. */
    SortedSet<RuleRef> decidingWhere(int rule) {
        return rulesOf(forest.combine(whole, rules.get(rule), (a, b) -> b.isPresent() ? a : b));
    }

    private SortedSet<RuleRef> rulesOf(Node<Optional<Outcome>> node) {
        SortedSet<RuleRef> found = new TreeSet<>();
        Walk.leaves(node, value -> value.ifPresent(outcome -> found.addAll(outcome.rules())));
        return found;
    }

    int block() {
        return block;
    }
}
