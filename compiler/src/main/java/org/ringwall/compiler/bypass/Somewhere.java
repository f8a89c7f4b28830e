// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.compiler.diagram.Folds;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.NodeTable;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.value.IntervalSet;

/**
 * The removal of the variables of a box from a condition: the result holds for the other variables
 * if the condition holds for some values inside the box. A predicate that reads a variable of the
 * box may hold or not.
 */
final class Somewhere implements Node.Visitor<Boolean, Node<Boolean>> {
    private final NodeTable<Boolean> forest;
    private final Map<Variable, IntervalSet> box;
    private final Map<Integer, Node<Boolean>> known = new HashMap<>();

    Somewhere(NodeTable<Boolean> forest, Map<Variable, IntervalSet> box) {
        this.forest = forest;
        this.box = box;
    }

    /** Returns the condition without the variables of the box. */
    Node<Boolean> of(Node<Boolean> node) {
        Node<Boolean> before = known.get(node.id());
        if (before != null) {
            return before;
        }
        Node<Boolean> without = node.accept(this);
        known.put(node.id(), without);
        return without;
    }

    @Override
    public Node<Boolean> leaf(Node.Leaf<Boolean> leaf) {
        return forest.leaf(leaf.value());
    }

    @Override
    public Node<Boolean> split(Node.Split<Boolean> split) {
        Variable variable = split.variable();
        if (!box.containsKey(variable)) {
            return forest.split(
                    variable,
                    split.edges().stream()
                            .map(edge -> new Node.Edge<>(edge.high(), of(edge.child())))
                            .toList());
        }
        return any(forest, Reachable.children(split, box).stream().map(this::of).toList());
    }

    @Override
    public Node<Boolean> test(Node.PredicateTest<Boolean> test) {
        boolean reads = !Collections.disjoint(test.predicate().reads(), box.keySet());
        Node<Boolean> yes = of(test.yes());
        Node<Boolean> no = of(test.no());
        return reads ? any(forest, List.of(yes, no)) : forest.test(test.predicate(), yes, no);
    }

    /** Returns the condition that holds where one of these holds. */
    static Node<Boolean> any(NodeTable<Boolean> forest, Collection<Node<Boolean>> conditions) {
        return Folds.balanced(
                        conditions.stream().distinct().toList(),
                        (left, right) -> forest.combine(left, right, Boolean::logicalOr))
                .orElseGet(() -> forest.leaf(false));
    }
}
