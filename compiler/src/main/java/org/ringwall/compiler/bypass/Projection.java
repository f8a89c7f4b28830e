// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.NodeTable;
import org.ringwall.compiler.diagram.TestOrder;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.value.IntervalSet;

/**
 * A diagram reduced to a few renamed variables. The result is true where some values of the other
 * variables lead to a wanted outcome.
 *
 * @param <T> the outcomes of the diagram
 */
final class Projection<T> implements Node.Visitor<T, Node<Boolean>> {
    private final NodeTable<Boolean> forest;
    private final Map<Integer, Node<Boolean>> known = new HashMap<>();
    private final Map<Variable, Variable> names;
    private final Map<Variable, IntervalSet> box;
    private final Predicate<T> wanted;

    /**
     * Creates a projection of the requests inside a box.
     *
     * @param order the order of the variables in the diagram and in the result
     * @param names the variables that remain, and their names in the result
     * @param box the values of other variables; a variable that it does not name has all possible
     *     values
     * @param wanted the outcomes for which the result is true
     */
    Projection(TestOrder order, Map<Variable, Variable> names, Map<Variable, IntervalSet> box, Predicate<T> wanted) {
        this.forest = new NodeTable<>(order);
        this.names = Map.copyOf(names);
        this.box = Map.copyOf(box);
        this.wanted = wanted;
    }

    /** Returns the projection of a diagram. */
    Node<Boolean> of(Node<T> node) {
        Node<Boolean> before = known.get(node.id());
        if (before != null) {
            return before;
        }
        Node<Boolean> projected = node.accept(this);
        known.put(node.id(), projected);
        return projected;
    }

    @Override
    public Node<Boolean> leaf(Node.Leaf<T> leaf) {
        return forest.leaf(wanted.test(leaf.value()));
    }

    @Override
    public Node<Boolean> split(Node.Split<T> split) {
        Variable variable = split.variable();
        Optional<Variable> name = Optional.ofNullable(names.get(variable));
        if (name.isPresent()) {
            return forest.split(
                    name.get(),
                    split.edges().stream()
                            .map(edge -> new Node.Edge<>(edge.high(), of(edge.child())))
                            .toList());
        }
        return Somewhere.any(
                forest, Reachable.children(split, box).stream().map(this::of).toList());
    }

    @Override
    public Node<Boolean> test(Node.PredicateTest<T> test) {
        return Somewhere.any(forest, List.of(of(test.yes()), of(test.no())));
    }
}
