// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * A factory of hash-consed nodes. Two nodes of one forest have the same meaning if and only if they
 * are the same object.
 *
 * @param <T> the values of the leaves; compared by `equals`
 */
public final class NodeTable<T> {
    /** The number of parts of a leaf's value that take as long as an edge, and as much memory. */
    private static final int PARTS_DRAWN = 16;

    private static final int PARTS_KEPT = 4;

    private final Map<T, Node<T>> leaves = new HashMap<>();
    private final Map<SplitKey, Node<T>> splits = new HashMap<>();
    private final Map<TestKey, Node<T>> tests = new HashMap<>();
    private final Map<ThenKey, Node<T>> thens = new HashMap<>();
    private final TestOrder order;
    private final Budget budget;
    private int nextId;
    private long kept;

    /** Creates a forest with the usual order of tests. */
    public NodeTable() {
        this(TestOrder.PORTS_FIRST);
    }

    /**
     * Creates a forest with this order of tests. Diagrams can be combined only if their orders are
     * the same.
     */
    public NodeTable(TestOrder order) {
        this(order, Budget.unlimited());
    }

    NodeTable(TestOrder order, Budget budget) {
        this.order = order;
        this.budget = budget;
    }

    TestOrder order() {
        return order;
    }

    Budget budget() {
        return budget;
    }

    /**
     * The identity of a split, with its edges as primitive arrays, because there may be a million.
     */
    private static final class SplitKey {
        /**
         * An odd multiplier without a regular bit pattern: similar keys, such as the ends of
         * adjacent ranges, must not collide.
         */
        private static final long MIX = 0x9e37_79b9_7f4a_7c15L;

        private final Variable variable;
        private final long[] highs;
        private final int[] children;
        private final int hash;

        SplitKey(Variable variable, List<? extends Node.Edge<?>> edges) {
            this.variable = variable;
            this.highs = new long[edges.size()];
            this.children = new int[edges.size()];
            long mixed = variable.ordinal();
            for (int i = 0; i < highs.length; i++) {
                highs[i] = edges.get(i).high();
                children[i] = edges.get(i).child().id();
                mixed = Long.rotateLeft((mixed ^ highs[i]) * MIX, 29) + children[i] * MIX;
            }
            this.hash = (int) (mixed * MIX >>> Integer.SIZE);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof SplitKey key
                    && key.hash == hash
                    && key.variable == variable
                    && Arrays.equals(key.highs, highs)
                    && Arrays.equals(key.children, children);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    private record TestKey(Predicate predicate, int yes, int no) {}

    private record ThenKey(PendingEffects noted, int next) {}

    public Node<T> leaf(T value) {
        int parts = value instanceof Parts of ? of.parts() : 0;
        budget.draw(parts / PARTS_DRAWN);
        return leaves.computeIfAbsent(value, v -> {
            kept += parts / PARTS_KEPT;
            budget.keep(kept);
            return new Node.Leaf<>(nextId++, v);
        });
    }

    /** A value whose size counts in the budget. */
    interface Parts {
        /** Returns the number of rules, records and writes. */
        int parts();
    }

    /**
     * Returns the split with these edges, which are in ascending order and end at the variable's
     * maximum. Joins neighbours with the same child. Returns the child itself if there is only one.
     */
    public Node<T> split(Variable variable, List<Node.Edge<T>> edges) {
        budget.draw(edges.size());
        List<Node.Edge<T>> reduced = new ArrayList<>();
        for (Node.Edge<T> edge : edges) {
            int last = reduced.size() - 1;
            if (last >= 0 && reduced.get(last).child() == edge.child()) {
                reduced.set(last, edge);
            } else {
                reduced.add(edge);
            }
        }
        if (reduced.isEmpty() || reduced.get(reduced.size() - 1).high() != variable.max()) {
            throw new IllegalArgumentException("the edges of " + variable + " do not cover it");
        }
        if (reduced.size() == 1) {
            return reduced.get(0).child();
        }
        SplitKey key = new SplitKey(variable, reduced);
        return splits.computeIfAbsent(key, k -> {
            kept += reduced.size();
            budget.keep(kept);
            return new Node.Split<>(nextId++, variable, List.copyOf(reduced));
        });
    }

    /**
     * Returns the node that tests the predicate, or the child if both answers have the same one.
     */
    public Node<T> test(Predicate predicate, Node<T> yes, Node<T> no) {
        if (yes == no) {
            return yes;
        }
        TestKey key = new TestKey(predicate, yes.id(), no.id());
        budget.draw(1);
        return tests.computeIfAbsent(key, k -> new Node.PredicateTest<>(nextId++, predicate, yes, no));
    }

    /**
     * Returns the node that notes this and continues at `next`, or `next` itself if there is
     * nothing to note.
     */
    public Node<T> then(PendingEffects noted, Node<T> next) {
        return noted.equals(PendingEffects.NOTHING)
                ? next
                : thens.computeIfAbsent(new ThenKey(noted, next.id()), key -> new Node.Then<>(nextId++, noted, next));
    }

    /**
     * Returns the diagram, in this forest, of a pure function of the values of two diagrams of any
     * forests.
     */
    public <A, B> Node<T> combine(Node<A> left, Node<B> right, BiFunction<A, B, T> op) {
        return combine(left, right, op, value -> Optional.empty());
    }

    /**
     * Does the same; `alone` returns the result for values of the left diagram that determine it on
     * their own.
     */
    <A, B> Node<T> combine(Node<A> left, Node<B> right, BiFunction<A, B, T> op, Function<A, Optional<T>> alone) {
        return new Combiner<>(this, op, alone).combine(left, right);
    }

    /**
     * Returns the diagram, in this forest, of a pure function of the values of a diagram of any
     * forest.
     */
    public <A> Node<T> map(Node<A> node, Function<A, T> function) {
        return new Mapper<>(this, function).map(node);
    }

    /**
     * Returns the diagram that is `held` where the condition holds and `failed` elsewhere. The
     * arguments may be of any forests.
     */
    Node<T> choose(Node<Boolean> condition, Node<T> held, Node<T> failed) {
        NodeTable<Optional<T>> partly = new NodeTable<>(order, budget);
        Node<Optional<T>> first =
                partly.combine(condition, held, (holds, value) -> holds ? Optional.of(value) : Optional.empty());
        return combine(first, failed, (value, otherwise) -> value.orElse(otherwise), value -> value);
    }

    /**
     * Returns the diagram for requests in which the variable has this value. Leaves comparisons
     * with params unchanged.
     */
    public Node<T> restrict(Node<T> node, Variable variable, long value) {
        return new Restrict<>(this, Map.of(variable, Restrict.Range.of(value))).of(node);
    }
}
