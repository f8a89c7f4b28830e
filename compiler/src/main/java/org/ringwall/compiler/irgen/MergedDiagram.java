// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.ReturnBit;
import org.ringwall.compiler.diagram.BitVectorClassifier;
import org.ringwall.compiler.diagram.DiagramTraversal;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.NodeTable;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.PendingEffects;
import org.ringwall.compiler.diagram.Predicate;
import org.ringwall.compiler.diagram.Recording;
import org.ringwall.compiler.diagram.Restrict;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.diagram.SlowPathRestrict;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Verdict;

/**
 * A diagram reduced again after rule references were removed from its leaves. Nodes that lead to
 * the same verdict and effects are merged, and numbers that no request contains are not tested
 * ({@link PossibleValues}). Each node is attributed to the first rule, in source order, among all
 * that it can lead to.
 */
final class MergedDiagram {
    private final NodeTable<Ending> forest = new NodeTable<>();
    private final Map<Integer, Merged> done = new HashMap<>();
    private final Map<Node<Ending>, RuleRef> firstRules = new HashMap<>();
    private final Hook hook;
    private final Node<Ending> root;

    /**
     * The verdict and effects at a leaf; of effects that write the same thing only the last.
     * Endings that take different tokens differ even if everything else is equal.
     */
    record Ending(Verdict verdict, List<Effect> writes, List<Recording> records, Set<RuleRef> tokens) {
        /** Whether every generation does the same: there are no effects and no modifier. */
        boolean isPlain() {
            return writes.isEmpty() && records.isEmpty() && verdict.bit() == ReturnBit.NONE;
        }

        /**
         * Whether it writes the address that the destination was judged as, which every generation
         * that decides does.
         */
        boolean isJudgedAs() {
            return writes.stream().anyMatch(Effect.JudgedAs.class::isInstance);
        }

        private Ending withoutJudgedAs() {
            List<Effect> others = writes.stream()
                    .filter(effect -> !(effect instanceof Effect.JudgedAs))
                    .toList();
            return new Ending(verdict, others, records, tokens);
        }
    }

    private record Merged(Node<Ending> node, Optional<RuleRef> first) {}

    MergedDiagram(HookDecision decision) {
        this.hook = decision.hook();
        Node<Ending> next = merge(decision.root()).node();
        List<Node<PendingEffects>> effects = decision.effects();
        for (int i = effects.size() - 1; i >= 0; i--) {
            Node<Ending> after = next;
            next = new Before<PendingEffects>(pending -> noted(pending, after), node -> {}).of(effects.get(i));
        }
        this.root = attributed(next);
    }

    /** Returns the records that the node itself makes. */
    static List<Recording> records(Node<Ending> node) {
        if (node instanceof Node.Then<Ending> then) {
            return then.noted().records();
        }
        return node instanceof Node.Leaf<Ending> leaf ? leaf.value().records() : List.of();
    }

    Node<Ending> root() {
        return root;
    }

    /**
     * Returns the diagram for requests whose variables are in these ranges. Values outside them are
     * not tested.
     */
    Node<Ending> where(Map<Variable, Restrict.Range> known) {
        return attributed(new Restrict<>(forest, known).of(root));
    }

    /**
     * Returns the diagram for packets that are not plain, with values in the ranges of `known`
     * ({@link SlowPathRestrict}).
     */
    Node<Ending> notPlain(Map<Variable, Restrict.Range> known, Map<Variable, Restrict.Range> plain) {
        return attributed(new SlowPathRestrict<>(forest, plain).of(new Restrict<>(forest, known).of(root)));
    }

    /**
     * Returns the diagram without the write for a destination "any". A diagram that notes effects
     * on the way is returned unchanged.
     */
    Node<Ending> withoutJudgedAs(Node<Ending> node) {
        boolean beside = DiagramTraversal.topological(node).stream().anyMatch(Node.Then.class::isInstance);
        return beside ? node : forest.map(node, Ending::withoutJudgedAs);
    }

    /** Returns a test that is not part of the diagram. */
    Node<Ending> split(Variable variable, List<Node.Edge<Ending>> edges) {
        return forest.split(variable, edges);
    }

    /** Returns the node after computing the first rule of each node below it. */
    private Node<Ending> attributed(Node<Ending> narrow) {
        List<Node<Ending>> nodes = DiagramTraversal.topological(narrow);
        for (int i = nodes.size() - 1; i >= 0; i--) {
            Node<Ending> node = nodes.get(i);
            if (!firstRules.containsKey(node)) {
                DiagramTraversal.children(node).stream()
                        .flatMap(child -> firstRule(child).stream())
                        .min(RuleRef::compareTo)
                        .ifPresent(rule -> firstRules.put(node, rule));
            }
        }
        return narrow;
    }

    /**
     * Returns the first rule below the node; empty if only the semantics themselves decide there.
     */
    Optional<RuleRef> firstRule(Node<Ending> node) {
        return Optional.ofNullable(firstRules.get(node));
    }

    private Merged merge(Node<Outcome> node) {
        Merged known = done.get(node.id());
        if (known == null) {
            known = node.accept(new Step());
            known.first().ifPresent(note(known.node()));
            done.put(node.id(), known);
        }
        return known;
    }

    private Consumer<RuleRef> note(Node<Ending> node) {
        return rule -> firstRules.merge(node, rule, MergedDiagram::earlier);
    }

    private static RuleRef earlier(RuleRef one, RuleRef other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    private static Optional<RuleRef> earlier(Optional<RuleRef> one, Optional<RuleRef> other) {
        if (one.isEmpty() || other.isEmpty()) {
            return one.or(() -> other);
        }
        return Optional.of(earlier(one.get(), other.get()));
    }

    /**
     * Tests all terms with the same child at once, and omits the last terms if all of them have the
     * child of "no term holds".
     */
    private Merged first(Node<Outcome> asking, BitVectorClassifier terms) {
        Map<Node<Ending>, BitSet> places = new LinkedHashMap<>();
        BitSet all = new BitSet();
        all.set(0, terms.list().size() + 1);
        Optional<RuleRef> rule = collect(asking, terms, all, places);
        Node<Ending> none = places.entrySet().stream()
                .filter(entry -> entry.getValue().get(terms.list().size()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
        places.remove(none);
        int last = places.values().stream().mapToInt(BitSet::length).max().orElse(0);
        BitVectorClassifier earlier = new BitVectorClassifier(terms.list().subList(0, last));
        Node<Ending> node = none;
        List<Map.Entry<Node<Ending>, BitSet>> others = new ArrayList<>(places.entrySet());
        others.sort(Comparator.comparing(entry -> -entry.getValue().nextSetBit(0)));
        for (Map.Entry<Node<Ending>, BitSet> entry : others) {
            node = forest.test(new Predicate.FirstIn(earlier, entry.getValue()), entry.getKey(), node);
        }
        return new Merged(node, rule);
    }

    private Optional<RuleRef> collect(
            Node<Outcome> node, BitVectorClassifier terms, BitSet left, Map<Node<Ending>, BitSet> places) {
        if (left.isEmpty()) {
            return Optional.empty();
        }
        if (node instanceof Node.PredicateTest<Outcome> test
                && test.predicate() instanceof Predicate.FirstIn first
                && first.terms().equals(terms)) {
            BitSet yes = first.members();
            yes.and(left);
            BitSet no = (BitSet) left.clone();
            no.andNot(yes);
            return earlier(collect(test.yes(), terms, yes, places), collect(test.no(), terms, no, places));
        }
        Merged merged = merge(node);
        places.computeIfAbsent(merged.node(), child -> new BitSet()).or(left);
        return merged.first();
    }

    private final class Step implements Node.Visitor<Outcome, Merged> {
        @Override
        public Merged leaf(Node.Leaf<Outcome> leaf) {
            Optional<RuleRef> first = leaf.value().rules().stream().min(RuleRef::compareTo);
            Ending ending = new Ending(
                    leaf.value().verdict(),
                    Effect.merged(leaf.value().writes()),
                    leaf.value().records(),
                    leaf.value().tokens());
            return new Merged(forest.leaf(ending), first);
        }

        @Override
        public Merged split(Node.Split<Outcome> split) {
            Optional<RuleRef> first = split.edges().stream()
                    .map(edge -> merge(edge.child()).first())
                    .reduce(Optional.empty(), MergedDiagram::earlier);
            List<Node.Edge<Ending>> edges = split.edges().stream()
                    .map(edge ->
                            new Node.Edge<>(edge.high(), merge(edge.child()).node()))
                    .toList();
            return new Merged(forest.split(split.variable(), PossibleValues.fit(hook, split.variable(), edges)), first);
        }

        @Override
        public Merged test(Node.PredicateTest<Outcome> test) {
            if (test.predicate() instanceof Predicate.FirstIn first) {
                return first(test, first.terms());
            }
            Merged yes = merge(test.yes());
            Merged no = merge(test.no());
            if (test.predicate() instanceof Predicate.GuardHolds guard) {
                return new Merged(tests(guard, yes.node(), no.node()), earlier(yes.first(), no.first()));
            }
            return new Merged(forest.test(test.predicate(), yes.node(), no.node()), earlier(yes.first(), no.first()));
        }
    }

    /** The tests of a guard, which is tested as a whole, with these children. */
    private Node<Ending> tests(Predicate.GuardHolds guard, Node<Ending> yes, Node<Ending> no) {
        return new Before<Boolean>(holds -> holds ? yes : no, node -> note(node).accept(guard.rule()))
                .of(guard.condition());
    }

    private Node<Ending> noted(PendingEffects effects, Node<Ending> next) {
        Node<Ending> then = forest.then(effects, next);
        effects.first().ifPresent(note(then));
        return then;
    }

    /** Puts a diagram before what comes next, which depends on its leaves. */
    private final class Before<S> implements Node.Visitor<S, Node<Ending>> {
        private final Function<S, Node<Ending>> next;
        private final Consumer<Node<Ending>> tested;
        private final Map<Node<S>, Node<Ending>> made = new HashMap<>();

        /** Creates it; `tested` receives each test that was put before. */
        Before(Function<S, Node<Ending>> next, Consumer<Node<Ending>> tested) {
            this.next = next;
            this.tested = tested;
        }

        Node<Ending> of(Node<S> node) {
            Node<Ending> known = made.get(node);
            if (known == null) {
                known = node.accept(this);
                made.put(node, known);
            }
            return known;
        }

        @Override
        public Node<Ending> leaf(Node.Leaf<S> leaf) {
            return next.apply(leaf.value());
        }

        @Override
        public Node<Ending> split(Node.Split<S> split) {
            List<Node.Edge<Ending>> edges = split.edges().stream()
                    .map(edge -> new Node.Edge<>(edge.high(), of(edge.child())))
                    .toList();
            return tested(forest.split(split.variable(), PossibleValues.fit(hook, split.variable(), edges)));
        }

        @Override
        public Node<Ending> test(Node.PredicateTest<S> test) {
            Node<Ending> yes = of(test.yes());
            Node<Ending> no = of(test.no());
            return test.predicate() instanceof Predicate.GuardHolds guard
                    ? tests(guard, yes, no)
                    : tested(forest.test(test.predicate(), yes, no));
        }

        private Node<Ending> tested(Node<Ending> node) {
            tested.accept(node);
            return node;
        }
    }
}
