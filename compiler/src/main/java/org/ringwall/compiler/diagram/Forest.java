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
 * Where nodes of one kind are made, each only once: two nodes of a forest mean the same if and only if they are the same
 * object.
 *
 * @param <T> what the leaves carry; compared by `equals`
 */
public final class Forest<T> {
    private final Map<T, Node<T>> leaves = new HashMap<>();
    private final Map<SplitKey, Node<T>> splits = new HashMap<>();
    private final Map<AskKey, Node<T>> asks = new HashMap<>();
    private final Map<ThenKey, Node<T>> thens = new HashMap<>();
    private final TestOrder order;
    private final Budget budget;
    private int nextId;
    private long kept;

    /** A forest of diagrams in the usual order. */
    public Forest() {
        this(TestOrder.PORTS_FIRST);
    }

    /** A forest of diagrams in this order; those that are combined have the same. */
    public Forest(TestOrder order) {
        this(order, Budget.unlimited());
    }

    Forest(TestOrder order, Budget budget) {
        this.order = order;
        this.budget = budget;
    }

    TestOrder order() {
        return order;
    }

    Budget budget() {
        return budget;
    }

    /** What makes a split what it is: its edges as numbers, since there may be a million. */
    private static final class SplitKey {
        /** Odd, and without a pattern: neighbouring numbers, as the ends of ranges are, must not come to one hash. */
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

    private record AskKey(Predicate predicate, int yes, int no) {}

    private record ThenKey(Noted noted, int next) {}

    /** The leaf that carries this value. */
    public Node<T> leaf(T value) {
        return leaves.computeIfAbsent(value, v -> new Node.Leaf<>(nextId++, v));
    }

    /**
     * The split with these edges: ascending, the last one ending at the variable's maximum. Neighbours with one child
     * are joined; a split with one child is that child.
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

    /** The node that asks the predicate; a predicate whose answers do not differ is not asked. */
    public Node<T> ask(Predicate predicate, Node<T> yes, Node<T> no) {
        if (yes == no) {
            return yes;
        }
        AskKey key = new AskKey(predicate, yes.id(), no.id());
        budget.draw(1);
        return asks.computeIfAbsent(key, k -> new Node.Ask<>(nextId++, predicate, yes, no));
    }

    /** The node that notes this and goes on there; what notes nothing is none. */
    public Node<T> then(Noted noted, Node<T> next) {
        return noted.equals(Noted.NOTHING)
                ? next
                : thens.computeIfAbsent(new ThenKey(noted, next.id()), key -> new Node.Then<>(nextId++, noted, next));
    }

    /** The diagram, in this forest, of a pure function of what two diagrams of any forests give for each request. */
    public <A, B> Node<T> combine(Node<A> left, Node<B> right, BiFunction<A, B, T> op) {
        return combine(left, right, op, value -> Optional.empty());
    }

    /** The same, where some values of the left diagram say alone what comes out. */
    <A, B> Node<T> combine(Node<A> left, Node<B> right, BiFunction<A, B, T> op, Function<A, Optional<T>> alone) {
        return new Combiner<>(this, op, alone).combine(left, right);
    }

    /** The diagram, in this forest, of a pure function of what a diagram of any forest gives. */
    public <A> Node<T> map(Node<A> node, Function<A, T> function) {
        return new Mapper<>(this, function).map(node);
    }

    /** One diagram where the condition holds, another elsewhere; of any forests. */
    Node<T> choose(Node<Boolean> condition, Node<T> held, Node<T> failed) {
        Forest<Optional<T>> partly = new Forest<>(order, budget);
        Node<Optional<T>> first =
                partly.combine(condition, held, (holds, value) -> holds ? Optional.of(value) : Optional.empty());
        return combine(first, failed, (value, otherwise) -> value.orElse(otherwise), value -> value);
    }

    /** The diagram for requests in which the variable has this value; what is compared with params is left as it is. */
    public Node<T> restrict(Node<T> node, Variable variable, long value) {
        return new Narrowing<>(this, Map.of(variable, Narrowing.Range.of(value))).of(node);
    }
}
