package org.ringwall.compiler.lower;

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
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.ReturnBit;
import org.ringwall.compiler.diagram.Forest;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.Narrowing;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.NotPlain;
import org.ringwall.compiler.diagram.Noted;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.Predicate;
import org.ringwall.compiler.diagram.Recording;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.diagram.Terms;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.diagram.Walk;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Verdict;

/**
 * A diagram reduced again after the rules were taken out of its leaves: a program gives a verdict and
 * performs effects, and what leads to the same ones needs no test, nor do numbers that no request brings ({@link Reached}). Each node remembers the first rule, in source order, of all that it can lead to:
 * the rule that its test is about.
 */
final class MergedDiagram {
    private final Forest<Ending> forest = new Forest<>();
    private final Map<Integer, Merged> done = new HashMap<>();
    private final Map<Node<Ending>, RuleRef> firstRules = new HashMap<>();
    private final Hook hook;
    private final Node<Ending> root;

    /**
     * What a program does in the end; of effects that write the same thing the last. What has taken a token is not what has taken
     * none, also where the same comes of both.
     */
    record Ending(Verdict verdict, List<Effect> writes, List<Recording> records, Set<RuleRef> tokens) {
        /** Whether it is the same for every generation: neither effects nor a modifier, which is one too. */
        boolean isPlain() {
            return writes.isEmpty() && records.isEmpty() && verdict.bit() == ReturnBit.NONE;
        }

        /** Whether it writes what the destination was judged as, which every generation that decides does. */
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
        List<Node<Noted>> asides = decision.asides();
        for (int i = asides.size() - 1; i >= 0; i--) {
            next = new Before(next).of(asides.get(i));
        }
        this.root = attributed(next);
    }

    /** The records that are made where a request comes by the node. */
    static List<Recording> records(Node<Ending> node) {
        if (node instanceof Node.Then<Ending> then) {
            return then.noted().records();
        }
        return node instanceof Node.Leaf<Ending> leaf ? leaf.value().records() : List.of();
    }

    Node<Ending> root() {
        return root;
    }

    /** The same decision for requests that have such values; of what the others bring nothing is asked. */
    Node<Ending> where(Map<Variable, Narrowing.Range> known) {
        return attributed(new Narrowing<>(forest, known).of(root));
    }

    /** The same decision for packets that are not plain, and have values in the ranges of `known` ({@link NotPlain}). */
    Node<Ending> notPlain(Map<Variable, Narrowing.Range> known, Map<Variable, Narrowing.Range> plain) {
        return attributed(new NotPlain<>(forest, plain).of(new Narrowing<>(forest, known).of(root)));
    }

    /** The same decision, in which nothing is written for a destination "any"; an aside stays what it is. */
    Node<Ending> withoutJudgedAs(Node<Ending> node) {
        boolean beside = Walk.topological(node).stream().anyMatch(Node.Then.class::isInstance);
        return beside ? node : forest.map(node, Ending::withoutJudgedAs);
    }

    /** A test that is no part of the diagram. */
    Node<Ending> split(Variable variable, List<Node.Edge<Ending>> edges) {
        return forest.split(variable, edges);
    }

    /** The node, where all below it know their first rules. */
    private Node<Ending> attributed(Node<Ending> narrow) {
        List<Node<Ending>> nodes = Walk.topological(narrow);
        for (int i = nodes.size() - 1; i >= 0; i--) {
            Node<Ending> node = nodes.get(i);
            if (!firstRules.containsKey(node)) {
                Walk.children(node).stream()
                        .flatMap(child -> firstRule(child).stream())
                        .min(RuleRef::compareTo)
                        .ifPresent(rule -> firstRules.put(node, rule));
            }
        }
        return narrow;
    }

    /** The first rule that decides below the node; none where only the semantics themselves decide. */
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

    /** The terms that lead to one place are asked about at once, and none of those behind which all lead where no term holds. */
    private Merged first(Node<Outcome> asking, Terms terms) {
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
        Terms asked = new Terms(terms.list().subList(0, last));
        Node<Ending> node = none;
        List<Map.Entry<Node<Ending>, BitSet>> others = new ArrayList<>(places.entrySet());
        others.sort(Comparator.comparing(entry -> -entry.getValue().nextSetBit(0)));
        for (Map.Entry<Node<Ending>, BitSet> entry : others) {
            node = forest.ask(new Predicate.FirstIn(asked, entry.getValue()), entry.getKey(), node);
        }
        return new Merged(node, rule);
    }

    private Optional<RuleRef> collect(Node<Outcome> node, Terms terms, BitSet left, Map<Node<Ending>, BitSet> places) {
        if (left.isEmpty()) {
            return Optional.empty();
        }
        if (node instanceof Node.Ask<Outcome> ask
                && ask.predicate() instanceof Predicate.FirstIn first
                && first.terms().equals(terms)) {
            BitSet yes = first.members();
            yes.and(left);
            BitSet no = (BitSet) left.clone();
            no.andNot(yes);
            return earlier(collect(ask.yes(), terms, yes, places), collect(ask.no(), terms, no, places));
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
            return new Merged(forest.split(split.variable(), Reached.fit(hook, split.variable(), edges)), first);
        }

        @Override
        public Merged ask(Node.Ask<Outcome> ask) {
            if (ask.predicate() instanceof Predicate.FirstIn first) {
                return first(ask, first.terms());
            }
            Merged yes = merge(ask.yes());
            Merged no = merge(ask.no());
            return new Merged(forest.ask(ask.predicate(), yes.node(), no.node()), earlier(yes.first(), no.first()));
        }
    }

    /** An aside, and then what comes next. */
    private final class Before implements Node.Visitor<Noted, Node<Ending>> {
        private final Node<Ending> next;
        private final Map<Node<Noted>, Node<Ending>> made = new HashMap<>();

        Before(Node<Ending> next) {
            this.next = next;
        }

        Node<Ending> of(Node<Noted> node) {
            Node<Ending> known = made.get(node);
            if (known == null) {
                known = node.accept(this);
                made.put(node, known);
            }
            return known;
        }

        @Override
        public Node<Ending> leaf(Node.Leaf<Noted> leaf) {
            Node<Ending> then = forest.then(leaf.value(), next);
            leaf.value().first().ifPresent(note(then));
            return then;
        }

        @Override
        public Node<Ending> split(Node.Split<Noted> split) {
            List<Node.Edge<Ending>> edges = split.edges().stream()
                    .map(edge -> new Node.Edge<>(edge.high(), of(edge.child())))
                    .toList();
            return forest.split(split.variable(), Reached.fit(hook, split.variable(), edges));
        }

        @Override
        public Node<Ending> ask(Node.Ask<Noted> ask) {
            return forest.ask(ask.predicate(), of(ask.yes()), of(ask.no()));
        }
    }
}
