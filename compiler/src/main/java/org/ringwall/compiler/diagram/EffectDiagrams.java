// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.Rule;

/**
 * Builder of separate effect diagrams for rules without a verdict, so that their effects do not
 * multiply the outcomes of the verdict diagram. In a single diagram, every combination of effects
 * is an outcome: ten guards that test ten different fields need a thousand. As ten diagrams, which
 * the program evaluates one after another, they need two outcomes each.
 *
 * <p>One request sees one state of a live set and takes one token. Hence all tests of a live set
 * are in one diagram, and rules with a rate stay in the verdict diagram. Rules with writes stay
 * there too at hooks other than sock_ops, and wherever deciding rules write.
 */
final class EffectDiagrams {
    /** The maximum number of records and writes: each has one bit in the stack frame. */
    private static final int MOST_BITS = 240;

    /**
     * The maximum number of pairs of verdict and writes: their number has eight bits in the frame.
     */
    private static final int MOST_OUTCOMES = 200;

    private final HookDiagram diagram;
    private final Hook hook;
    private final List<HookDiagram.IndexedBlock> blocks;
    private final NodeTable<PendingEffects> forest;

    /** The verdict diagram and the effect diagrams. */
    record Separated(Node<Outcome> root, List<Node<PendingEffects>> effects) {}

    EffectDiagrams(HookDiagram diagram, Hook hook, List<HookDiagram.IndexedBlock> blocks) {
        this.diagram = diagram;
        this.hook = hook;
        this.blocks = blocks;
        this.forest = new NodeTable<>(
                diagram.booleans().forest().order(), diagram.booleans().forest().budget());
    }

    /**
     * Returns the diagrams; empty if fewer than two rules can be separated, or if the result
     * exceeds the limits of a program.
     */
    Optional<Separated> separate() {
        Map<RuleRef, Rule> candidates = candidates(blocks);
        SortedMap<RuleRef, Node<PendingEffects>> apart = new TreeMap<>();
        for (RuleRef rule : candidates.keySet()) {
            Set<RuleRef> others = new HashSet<>(candidates.keySet());
            others.remove(rule);
            Node<PendingEffects> alone =
                    forest.map(diagram.without(others, blocks), outcome -> PendingEffects.of(rule, outcome));
            boolean somewhere = alone != forest.leaf(PendingEffects.NOTHING);
            if (somewhere && DiagramTraversal.topological(alone).stream().noneMatch(EffectDiagrams::changes)) {
                apart.put(rule, alone);
            }
        }
        Node<Outcome> root = decided(apart);
        if (hook != Hook.SOCK_OPS
                || DiagramTraversal.anyLeaf(root, outcome -> !outcome.writes().isEmpty())) {
            candidates.forEach((rule, of) -> {
                if (!of.writes().isEmpty()) {
                    apart.remove(rule);
                }
            });
            root = decided(apart);
        }
        return apart.size() > 1 && fits(root, apart, candidates)
                ? Optional.of(new Separated(root, joined(List.copyOf(apart.values()))))
                : Optional.empty();
    }

    /**
     * Returns the verdict diagram without the rules in `apart`. First removes from `apart` the
     * rules that test a live set which the verdict diagram also tests.
     */
    private Node<Outcome> decided(SortedMap<RuleRef, Node<PendingEffects>> apart) {
        while (true) {
            Node<Outcome> root = diagram.without(Set.copyOf(apart.keySet()), blocks);
            Set<LiveSet> tested = liveSets(root);
            if (!apart.values().removeIf(effects -> !Collections.disjoint(liveSets(effects), tested))) {
                return root;
            }
        }
    }

    /** Returns the rules with effects that have no verdict or are monitored, in source order. */
    static SortedMap<RuleRef, Rule> candidates(List<HookDiagram.IndexedBlock> blocks) {
        SortedMap<RuleRef, Rule> found = new TreeMap<>();
        for (HookDiagram.IndexedBlock indexed : blocks) {
            for (int i = 0; i < indexed.block().rules().size(); i++) {
                Rule rule = indexed.block().rules().get(i);
                if ((rule.verdict().isEmpty() || rule.monitored())
                        && !rule.effects().isEmpty()) {
                    found.put(new RuleRef(indexed.index(), i), rule);
                }
            }
        }
        return found;
    }

    /**
     * Returns whether a node tests a token, a table entry or terms: such tests have a side effect
     * or come after all others.
     */
    private static boolean changes(Node<?> node) {
        return node instanceof Node.PredicateTest<?> test
                && !(test.predicate() instanceof Predicate.CompareParam
                        || test.predicate() instanceof Predicate.InLive
                        || test.predicate() instanceof Predicate.GuardHolds);
    }

    private static Set<LiveSet> liveSets(Node<?> root) {
        Set<LiveSet> sets = new HashSet<>();
        for (Node<?> node : DiagramTraversal.topological(root)) {
            if (node instanceof Node.PredicateTest<?> test && test.predicate() instanceof Predicate.InLive live) {
                sets.add(live.set());
            } else if (node instanceof Node.PredicateTest<?> test
                    && test.predicate() instanceof Predicate.GuardHolds guard) {
                sets.addAll(liveSets(guard.condition()));
            }
        }
        return sets;
    }

    private static boolean fits(
            Node<Outcome> root, SortedMap<RuleRef, Node<PendingEffects>> apart, Map<RuleRef, Rule> candidates) {
        Set<Object> outcomes = new HashSet<>();
        Set<Recording> records = new HashSet<>();
        DiagramTraversal.leaves(root, outcome -> {
            outcomes.add(List.of(outcome.verdict(), outcome.writes()));
            records.addAll(outcome.records());
        });
        apart.values().forEach(effects -> DiagramTraversal.leaves(effects, noted -> records.addAll(noted.records())));
        int writing = candidates.entrySet().stream()
                .filter(candidate -> apart.containsKey(candidate.getKey()))
                .mapToInt(candidate -> candidate.getValue().writes().size())
                .sum();
        return records.size() + writing <= MOST_BITS && outcomes.size() <= MOST_OUTCOMES;
    }

    /**
     * Joins effect diagrams that test the same live set. Also joins those that test the same
     * variables, if that does not increase the number of tests.
     */
    private List<Node<PendingEffects>> joined(List<Node<PendingEffects>> effects) {
        List<Node<PendingEffects>> joined = new ArrayList<>();
        for (Node<PendingEffects> each : effects) {
            Node<PendingEffects> all = each;
            for (Node<PendingEffects> other : List.copyOf(joined)) {
                boolean sameSet = !Collections.disjoint(liveSets(other), liveSets(all));
                if (sameSet || variables(other).equals(variables(all))) {
                    Node<PendingEffects> both = forest.combine(other, all, PendingEffects::and);
                    if (sameSet || HookDecision.tests(both) <= HookDecision.tests(other) + HookDecision.tests(all)) {
                        joined.remove(other);
                        all = both;
                    }
                }
            }
            joined.add(all);
        }
        return joined;
    }

    private static Set<Variable> variables(Node<PendingEffects> effects) {
        Set<Variable> variables = EnumSet.noneOf(Variable.class);
        for (Node<PendingEffects> node : DiagramTraversal.topological(effects)) {
            if (node instanceof Node.Split<PendingEffects> split) {
                variables.add(split.variable());
            } else if (node instanceof Node.PredicateTest<PendingEffects> test) {
                variables.addAll(test.predicate().reads());
            }
        }
        return variables;
    }
}
