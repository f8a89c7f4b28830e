// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.ringwall.compiler.diagram.ConjunctionWalk;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.NodeTable;
import org.ringwall.compiler.diagram.TestOrder;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/**
 * What requests inside a box can reach: a named variable has a value of its set, the others any
 * possible value, and a predicate may hold or not.
 */
final class Reachable {
    private Reachable() {}

    /** Returns whether the diagram has a wanted value for some request of the box. */
    static <T> boolean any(TestOrder order, Node<T> node, Map<Variable, IntervalSet> box, Predicate<T> wanted) {
        return any(order, node, new NodeTable<Boolean>(order).leaf(true), box, wanted);
    }

    /**
     * Returns whether the diagram has a wanted value for some request of the box for which the
     * condition holds.
     */
    static <T> boolean any(
            TestOrder order,
            Node<T> node,
            Node<Boolean> condition,
            Map<Variable, IntervalSet> box,
            Predicate<T> wanted) {
        boolean empty =
                box.keySet().stream().anyMatch(variable -> inside(box, variable).isEmpty());
        return !empty && new ConjunctionWalk<>(order, variable -> inside(box, variable), wanted).walk(node, condition);
    }

    /** Returns whether some request fulfils both conditions. */
    static boolean meet(TestOrder order, Node<Boolean> left, Node<Boolean> right) {
        return meet(order, left, right, List.of(Map.of()));
    }

    /** Returns whether some request of one of the boxes fulfils both conditions. */
    static boolean meet(
            TestOrder order, Node<Boolean> left, Node<Boolean> right, List<Map<Variable, IntervalSet>> boxes) {
        return boxes.stream().anyMatch(box -> any(order, left, right, box, holds -> holds));
    }

    /** Returns the children of a split to which values of the box lead, ascending. */
    static <T> List<Node<T>> children(Node.Split<T> split, Map<Variable, IntervalSet> box) {
        List<Node<T>> children = new ArrayList<>();
        int edge = 0;
        for (Interval interval : inside(box, split.variable()).intervals()) {
            while (Long.compareUnsigned(
                            split.edges().get(edge).high(), interval.low().low())
                    < 0) {
                edge++;
            }
            children.add(split.edges().get(edge).child());
            while (Long.compareUnsigned(
                            split.edges().get(edge).high(), interval.high().low())
                    < 0) {
                edge++;
                children.add(split.edges().get(edge).child());
            }
        }
        return children;
    }

    private static IntervalSet inside(Map<Variable, IntervalSet> box, Variable variable) {
        IntervalSet possible = variable.possible();
        return box.containsKey(variable) ? box.get(variable).intersect(possible) : possible;
    }
}
