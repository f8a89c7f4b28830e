// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/** One run of {@link NodeTable#combine}. It visits each pair of nodes once, in variable order. */
final class Combiner<A, B, C> {
    private final NodeTable<C> target;
    private final BiFunction<A, B, C> op;
    private final Function<A, Optional<C>> alone;
    private final Levels levels;

    /**
     * Includes pairs of leaves: two lists can share a hundred thousand edges that end in three
     * leaves.
     */
    private final NodePairs<C> done = new NodePairs<>();

    /**
     * Creates a run. `alone` returns the result if a left leaf alone determines it; the right
     * diagram is then not visited.
     */
    Combiner(NodeTable<C> target, BiFunction<A, B, C> op, Function<A, Optional<C>> alone) {
        this.target = target;
        this.op = op;
        this.alone = alone;
        this.levels = new Levels(target.order());
    }

    Node<C> combine(Node<A> left, Node<B> right) {
        if (left instanceof Node.Leaf<A> leaf) {
            Optional<C> settled = alone.apply(leaf.value());
            if (settled.isPresent()) {
                return target.leaf(settled.get());
            }
        }
        Optional<Node<C>> known = done.get(left, right);
        if (known.isPresent()) {
            return known.get();
        }
        Node<C> made = left instanceof Node.Leaf<A> a && right instanceof Node.Leaf<B> b
                ? target.leaf(op.apply(a.value(), b.value()))
                : descend(left, right);
        done.put(left, right, made);
        return made;
    }

    private Node<C> descend(Node<A> left, Node<B> right) {
        int order = levels.compare(left, right);
        if (order <= 0 && left instanceof Node.PredicateTest<A> test) {
            return test(test.predicate(), left, right, order);
        }
        if (order >= 0 && right instanceof Node.PredicateTest<B> test) {
            return test(test.predicate(), left, right, order);
        }
        Variable variable = order <= 0 ? ((Node.Split<A>) left).variable() : ((Node.Split<B>) right).variable();
        return target.split(variable, merge(edges(left, order <= 0, variable), edges(right, order >= 0, variable)));
    }

    private Node<C> test(Predicate predicate, Node<A> left, Node<B> right, int order) {
        Node<A> leftYes = order <= 0 && left instanceof Node.PredicateTest<A> a ? a.yes() : left;
        Node<A> leftNo = order <= 0 && left instanceof Node.PredicateTest<A> a ? a.no() : left;
        Node<B> rightYes = order >= 0 && right instanceof Node.PredicateTest<B> b ? b.yes() : right;
        Node<B> rightNo = order >= 0 && right instanceof Node.PredicateTest<B> b ? b.no() : right;
        return target.test(predicate, combine(leftYes, rightYes), combine(leftNo, rightNo));
    }

    private List<Node.Edge<C>> merge(List<Node.Edge<A>> lefts, List<Node.Edge<B>> rights) {
        List<Node.Edge<C>> edges = new ArrayList<>(lefts.size() + rights.size());
        int i = 0;
        int j = 0;
        while (i < lefts.size() && j < rights.size()) {
            Node.Edge<A> a = lefts.get(i);
            Node.Edge<B> b = rights.get(j);
            int order = Long.compareUnsigned(a.high(), b.high());
            edges.add(new Node.Edge<>(order <= 0 ? a.high() : b.high(), combine(a.child(), b.child())));
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }
        return edges;
    }

    private static <T> List<Node.Edge<T>> edges(Node<T> node, boolean top, Variable variable) {
        return top && node instanceof Node.Split<T> split
                ? split.edges()
                : List.of(new Node.Edge<>(variable.max(), node));
    }
}
