// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/** One run of {@link NodeTable#map}. */
final class Mapper<T, R> implements Node.Visitor<T, Node<R>> {
    private final NodeTable<R> target;
    private final Function<T, R> function;
    private final Map<Integer, Node<R>> done = new HashMap<>();

    Mapper(NodeTable<R> target, Function<T, R> function) {
        this.target = target;
        this.function = function;
    }

    Node<R> map(Node<T> node) {
        Node<R> known = done.get(node.id());
        if (known != null) {
            return known;
        }
        Node<R> made = node.accept(this);
        done.put(node.id(), made);
        return made;
    }

    @Override
    public Node<R> leaf(Node.Leaf<T> leaf) {
        return target.leaf(function.apply(leaf.value()));
    }

    @Override
    public Node<R> split(Node.Split<T> split) {
        return target.split(
                split.variable(),
                split.edges().stream()
                        .map(edge -> new Node.Edge<>(edge.high(), map(edge.child())))
                        .toList());
    }

    @Override
    public Node<R> test(Node.PredicateTest<T> test) {
        return target.test(test.predicate(), map(test.yes()), map(test.no()));
    }
}
