// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A restriction of diagrams to requests in which some variables are limited to known ranges. Values
 * outside the ranges get the decision of a neighbour, so that they need no test. Predicates other
 * than live sets and terms are left unchanged.
 *
 * @param <T> the values of the leaves
 */
public final class Restrict<T> implements Node.Visitor<T, Node<T>> {
    private final NodeTable<T> forest;
    private final Map<Variable, Range> known;
    private final Map<Integer, Node<T>> done = new HashMap<>();

    /** The terms that are left of each list, so that all tests of one list have the same object. */
    private final Map<BitVectorClassifier, BitVectorClassifier.Left> left = new HashMap<>();

    /** The least and the greatest value, both inclusive and unsigned. */
    public record Range(long low, long high) {
        public Range {
            if (Long.compareUnsigned(low, high) > 0) {
                throw new IllegalArgumentException("no value from " + low + " to " + high);
            }
        }

        /** Returns the range of one value. */
        public static Range of(long value) {
            return new Range(value, value);
        }
    }

    /** Creates a restriction in this forest to requests whose variables are in these ranges. */
    public Restrict(NodeTable<T> forest, Map<Variable, Range> known) {
        this.forest = forest;
        this.known = Map.copyOf(known);
    }

    /** Returns the diagram for those requests. */
    public Node<T> of(Node<T> node) {
        Node<T> made = done.get(node.id());
        if (made == null) {
            made = node.accept(this);
            done.put(node.id(), made);
        }
        return made;
    }

    @Override
    public Node<T> leaf(Node.Leaf<T> leaf) {
        return leaf;
    }

    @Override
    public Node<T> split(Node.Split<T> split) {
        Variable variable = split.variable();
        Range range = known.getOrDefault(variable, new Range(0, variable.max()));
        List<Node.Edge<T>> edges = new ArrayList<>();
        for (Node.Edge<T> edge : split.edges()) {
            if (Long.compareUnsigned(edge.high(), range.low()) < 0) {
                continue;
            }
            boolean last = Long.compareUnsigned(edge.high(), range.high()) >= 0;
            edges.add(new Node.Edge<>(last ? variable.max() : edge.high(), of(edge.child())));
            if (last) {
                break;
            }
        }
        return forest.split(variable, edges);
    }

    /**
     * Replaces variables with a known value in tests of live sets. Leaves comparisons with params
     * unchanged.
     */
    private Predicate narrow(Predicate predicate) {
        if (!(predicate instanceof Predicate.InLive live)) {
            return predicate;
        }
        Predicate.InLive narrow = live;
        for (Map.Entry<Variable, Range> entry : known.entrySet()) {
            if (entry.getValue().low() == entry.getValue().high()) {
                narrow = narrow.with(entry.getKey(), entry.getValue().low());
            }
        }
        return narrow;
    }

    /** Returns the test for the first of the terms that remain. */
    private Node<T> first(Predicate.FirstIn first, Node<T> yes, Node<T> no) {
        BitVectorClassifier.Left terms = left.computeIfAbsent(first.terms(), all -> all.where(known));
        BitSet members = new BitSet();
        for (int i = 0; i < terms.places().size(); i++) {
            members.set(i, first.members().get(terms.places().get(i)));
        }
        List<BitVectorClassifier.Term> list = terms.terms().list();
        boolean always = !list.isEmpty() && list.get(list.size() - 1).where().isEmpty();
        if (members.isEmpty()) {
            return no;
        }
        return always && members.cardinality() == list.size()
                ? yes
                : forest.test(new Predicate.FirstIn(terms.terms(), members), yes, no);
    }

    /** Returns the test of the narrowed guard, or the child that it always has. */
    private Node<T> guarded(Predicate.GuardHolds narrow, Node.PredicateTest<T> test) {
        if (narrow.condition() instanceof Node.Leaf<Boolean> leaf) {
            return of(leaf.value() ? test.yes() : test.no());
        }
        return forest.test(narrow, of(test.yes()), of(test.no()));
    }

    @Override
    public Node<T> then(Node.Then<T> then) {
        return forest.then(then.noted(), of(then.next()));
    }

    @Override
    public Node<T> test(Node.PredicateTest<T> test) {
        if (test.predicate() instanceof Predicate.FirstIn first) {
            return first(first, of(test.yes()), of(test.no()));
        }
        if (test.predicate() instanceof Predicate.GuardHolds guard) {
            Node<Boolean> condition = new Restrict<>(guard.forest(), known).of(guard.condition());
            return guarded(new Predicate.GuardHolds(guard.rule(), condition, guard.forest()), test);
        }
        return forest.test(narrow(test.predicate()), of(test.yes()), of(test.no()));
    }
}
