// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.ringwall.compiler.diagram.Node;
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
        IntervalSet inside = box.getOrDefault(split.variable(), possible).intersect(possible);
        long low = 0;
        for (Node.Edge<T> edge : split.edges()) {
            if (!inside.intersect(IntervalSet.of(Interval.of(low, edge.high()))).isEmpty()) {
                visit(edge.child());
            }
            low = edge.high() + 1;
        }
        return true;
    }

    @Override
    public Boolean ask(Node.Ask<T> ask) {
        visit(ask.yes());
        visit(ask.no());
        return true;
    }
}
