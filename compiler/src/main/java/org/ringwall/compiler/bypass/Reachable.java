// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.NodeTable;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/**
 * A visitor of the leaves that requests inside a box can reach: each variable has a value of its
 * set, and a predicate may hold or not. A box has no condition between variables, so each node is
 * visited once.
 */
final class Reachable<T> implements Node.Visitor<T, Boolean> {
    private final Map<Variable, IntervalSet> box;
    private final Consumer<T> found;
    private final Set<Integer> seen = new HashSet<>();

    Reachable(Map<Variable, IntervalSet> box, Consumer<T> found) {
        this.box = box;
        this.found = found;
    }

    /** Returns whether the diagram is true for some request inside one of the boxes. */
    static boolean holds(Node<Boolean> diagram, List<Map<Variable, IntervalSet>> boxes) {
        List<Boolean> found = new ArrayList<>();
        boxes.forEach(box -> new Reachable<Boolean>(box, found::add).visit(diagram));
        return found.contains(true);
    }

    /** Returns whether some request fulfils both conditions. */
    static boolean meet(NodeTable<Boolean> forest, Node<Boolean> left, Node<Boolean> right) {
        return holds(forest.combine(left, right, (one, other) -> one && other), List.of(Map.of()));
    }

    /** Returns the children of a split to which values of the set lead, ascending. */
    static <T> List<Node<T>> children(Node.Split<T> split, IntervalSet inside) {
        List<Node<T>> children = new ArrayList<>();
        long low = 0;
        for (Node.Edge<T> edge : split.edges()) {
            if (!inside.intersect(IntervalSet.of(Interval.of(low, edge.high()))).isEmpty()) {
                children.add(edge.child());
            }
            low = edge.high() + 1;
        }
        return children;
    }

    /** Visits the node. Returns false if it was visited before. */
    boolean visit(Node<T> node) {
        return seen.add(node.id()) && node.accept(this);
    }

    @Override
    public Boolean leaf(Node.Leaf<T> leaf) {
        found.accept(leaf.value());
        return true;
    }

    @Override
    public Boolean split(Node.Split<T> split) {
        IntervalSet possible = split.variable().possible();
        children(split, box.getOrDefault(split.variable(), possible).intersect(possible))
                .forEach(this::visit);
        return true;
    }

    @Override
    public Boolean test(Node.PredicateTest<T> test) {
        visit(test.yes());
        visit(test.no());
        return true;
    }
}
