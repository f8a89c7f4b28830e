// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.Rule;

/**
 * The guards of rules as single tests ({@link Predicate.GuardHolds}), so that rules which depend on
 * different params, live sets or rates do not multiply.
 *
 * <p>A request sees one state of a live set. The tests of a set that several rules read therefore
 * stay outside, and each guard is tested as it is for either answer. Where a field can be read only
 * after another test, such rules are not tested in turn.
 */
final class GuardsInTurn {
    /**
     * The maximum number of rules of a hook that are tested in turn. A request passes all of them,
     * and a diagram is as deep.
     */
    private static final int MOST_RULES = 512;

    /** The maximum number of tests of shared live sets in a guard that is tested as a whole. */
    private static final int MOST_SHARED = 4;

    private final ConditionBuilder booleans;
    private final NodeTable<Boolean> forest;
    private final Hook hook;
    private final Set<LiveSet> shared;

    private GuardsInTurn(ConditionBuilder booleans, Hook hook, Set<LiveSet> shared) {
        this.booleans = booleans;
        this.forest = booleans.conditions();
        this.hook = hook;
        this.shared = shared;
    }

    /** Returns whether these blocks have few enough rules for this form. */
    static boolean areFew(RuleForm form, List<HookDiagram.IndexedBlock> blocks) {
        return blocks.stream()
                        .flatMap(indexed -> indexed.block().rules().stream())
                        .filter(form::testsInTurn)
                        .count()
                <= MOST_RULES;
    }

    /** Returns whether a rule depends on a param, a live set or a rate. */
    static boolean dependsOnUnknown(Rule rule) {
        return rule.within().isPresent()
                || rule.guard()
                        .atoms()
                        .anyMatch(atom -> atom instanceof Guard.InLive || atom instanceof Guard.CompareParam);
    }

    /** Returns the guards of the rules of these blocks at a hook. */
    static GuardsInTurn of(ConditionBuilder booleans, Hook hook, List<HookDiagram.IndexedBlock> blocks) {
        Map<LiveSet, Integer> rules = new HashMap<>();
        blocks.stream()
                .flatMap(indexed -> indexed.block().rules().stream())
                .filter(booleans.form()::testsInTurn)
                .forEach(rule -> liveSets(rule).forEach(set -> rules.merge(set, 1, Integer::sum)));
        // A request for a device is judged once for each bit of its access.
        rules.values().removeIf(count -> count == 1 && hook != Hook.DEVICE);
        return new GuardsInTurn(booleans, hook, Set.copyOf(rules.keySet()));
    }

    private static Stream<LiveSet> liveSets(Rule rule) {
        return rule.guard()
                .atoms()
                .filter(Guard.InLive.class::isInstance)
                .map(atom -> ((Guard.InLive) atom).set())
                .distinct();
    }

    /**
     * Returns the guard as a single test where the form of the hook requires it, and otherwise the
     * guard itself.
     */
    Node<Boolean> of(RuleRef ref, Rule rule, Node<Boolean> guard) {
        return booleans.form().testsInTurn(rule) && isSeparable(sharedTests(guard)) ? tested(ref, guard) : guard;
    }

    private boolean isSeparable(List<Predicate> tests) {
        return tests.isEmpty()
                || tests.size() <= MOST_SHARED
                        && ClassifierBuilder.at(hook)
                        && tests.stream().flatMap(test -> test.reads().stream()).noneMatch(Variable::isStamped);
    }

    private Node<Boolean> tested(RuleRef ref, Node<Boolean> guard) {
        if (guard instanceof Node.Leaf) {
            return guard;
        }
        Node<Boolean> yes = booleans.constant(true);
        Node<Boolean> no = booleans.constant(false);
        Optional<Predicate> outside = sharedTests(guard).stream().findFirst();
        if (outside.isEmpty()) {
            return forest.test(new Predicate.GuardHolds(ref, guard, forest), yes, no);
        }
        return forest.choose(
                forest.test(outside.get(), yes, no),
                tested(ref, new Assume(outside.get(), true).of(guard)),
                tested(ref, new Assume(outside.get(), false).of(guard)));
    }

    private List<Predicate> sharedTests(Node<Boolean> guard) {
        return DiagramTraversal.topological(guard).stream()
                .filter(Node.PredicateTest.class::isInstance)
                .map(node -> ((Node.PredicateTest<Boolean>) node).predicate())
                .filter(test -> test instanceof Predicate.InLive live && shared.contains(live.set()))
                .distinct()
                .toList();
    }

    /** A guard for requests for which a test has a known answer. */
    private final class Assume implements Node.Visitor<Boolean, Node<Boolean>> {
        private final Predicate known;
        private final boolean answer;
        private final Map<Node<Boolean>, Node<Boolean>> done = new HashMap<>();

        Assume(Predicate known, boolean answer) {
            this.known = known;
            this.answer = answer;
        }

        Node<Boolean> of(Node<Boolean> node) {
            Node<Boolean> made = done.get(node);
            if (made == null) {
                made = node.accept(this);
                done.put(node, made);
            }
            return made;
        }

        @Override
        public Node<Boolean> leaf(Node.Leaf<Boolean> leaf) {
            return leaf;
        }

        @Override
        public Node<Boolean> split(Node.Split<Boolean> split) {
            List<Node.Edge<Boolean>> edges = new ArrayList<>();
            split.edges().forEach(edge -> edges.add(new Node.Edge<>(edge.high(), of(edge.child()))));
            return forest.split(split.variable(), edges);
        }

        @Override
        public Node<Boolean> test(Node.PredicateTest<Boolean> test) {
            if (test.predicate().equals(known)) {
                return of(answer ? test.yes() : test.no());
            }
            return forest.test(test.predicate(), of(test.yes()), of(test.no()));
        }
    }

    /**
     * Returns the same diagram with the tests of each guard in place of the guard, in the usual
     * order.
     */
    static <T> Node<T> expanded(NodeTable<T> target, NodeTable<Boolean> conditions, Node<T> root) {
        Map<Node<T>, Node<T>> done = new HashMap<>();
        List<Node<T>> nodes = DiagramTraversal.topological(root);
        for (int i = nodes.size() - 1; i >= 0; i--) {
            Node<T> node = nodes.get(i);
            done.put(node, expanded(target, conditions, node, done));
        }
        return done.getOrDefault(root, root);
    }

    private static <T> Node<T> expanded(
            NodeTable<T> target, NodeTable<Boolean> conditions, Node<T> node, Map<Node<T>, Node<T>> done) {
        Node<Boolean> yes = conditions.leaf(true);
        Node<Boolean> no = conditions.leaf(false);
        if (node instanceof Node.PredicateTest<T> test) {
            Node<Boolean> condition = test.predicate() instanceof Predicate.GuardHolds guard
                    ? guard.condition()
                    : conditions.test(test.predicate(), yes, no);
            return target.choose(
                    condition, done.getOrDefault(test.yes(), test.yes()), done.getOrDefault(test.no(), test.no()));
        }
        if (!(node instanceof Node.Split<T> split)) {
            return node;
        }
        int last = split.edges().size() - 1;
        Node<T> made = done.getOrDefault(split.edges().get(last).child(), node);
        for (int i = last - 1; i >= 0; i--) {
            Node.Edge<T> edge = split.edges().get(i);
            Node<Boolean> below = conditions.split(
                    split.variable(),
                    List.of(
                            new Node.Edge<>(edge.high(), yes),
                            new Node.Edge<>(split.variable().max(), no)));
            made = target.choose(below, done.getOrDefault(edge.child(), edge.child()), made);
        }
        return made;
    }
}
