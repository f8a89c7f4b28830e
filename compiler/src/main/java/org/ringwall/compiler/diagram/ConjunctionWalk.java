// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A walk over the values of a diagram where a condition holds. It builds nothing, and of a split
 * with many edges it visits only those that the condition meets. It can therefore run once for
 * every rule.
 *
 * @param <T> the values of the leaves
 */
final class ConjunctionWalk<T> {
    private final Levels levels;
    private final Predicate<T> action;
    private final Set<Long> seen = new HashSet<>();
    private int steps;

    /**
     * Creates a walk that ends when the action returns true or after this many edges.
     *
     * @param action receives the value of a leaf and returns whether the walk is over
     */
    ConjunctionWalk(TestOrder order, Predicate<T> action, int steps) {
        this.levels = new Levels(order);
        this.action = action;
        this.steps = steps;
    }

    /** Walks both diagrams. Returns true if the walk ended early. */
    boolean walk(Node<T> node, Node<Boolean> condition) {
        if (condition instanceof Node.Leaf<Boolean> leaf && !leaf.value()) {
            return false;
        }
        if (node instanceof Node.Leaf<T> leaf) {
            return action.test(leaf.value());
        }
        if (!seen.add((long) node.id() << 32 | condition.id())) {
            return false;
        }
        int order = levels.compare(node, condition);
        Node<?> first = order <= 0 ? node : condition;
        if (first instanceof Node.PredicateTest) {
            return walk(answer(node, order <= 0, true), answer(condition, order >= 0, true))
                    || walk(answer(node, order <= 0, false), answer(condition, order >= 0, false));
        }
        Variable variable = ((Node.Split<?>) first).variable();
        return walk(edges(node, order <= 0, variable), edges(condition, order >= 0, variable));
    }

    private static <S> Node<S> answer(Node<S> node, boolean isTest, boolean answer) {
        if (isTest && node instanceof Node.PredicateTest<S> test) {
            return answer ? test.yes() : test.no();
        }
        return node;
    }

    private static <S> List<Node.Edge<S>> edges(Node<S> node, boolean tested, Variable variable) {
        return tested && node instanceof Node.Split<S> split
                ? split.edges()
                : List.of(new Node.Edge<>(variable.max(), node));
    }

    private boolean walk(List<Node.Edge<T>> edges, List<Node.Edge<Boolean>> conditions) {
        long low = 0;
        for (Node.Edge<Boolean> condition : conditions) {
            boolean never = condition.child() instanceof Node.Leaf<Boolean> leaf && !leaf.value();
            if (!never && between(edges, low, condition)) {
                return true;
            }
            low = condition.high() + 1;
        }
        return false;
    }

    private boolean between(List<Node.Edge<T>> edges, long low, Node.Edge<Boolean> condition) {
        for (int i = first(edges, low); ; i++) {
            if (steps-- <= 0 || walk(edges.get(i).child(), condition.child())) {
                return true;
            }
            if (Long.compareUnsigned(edges.get(i).high(), condition.high()) >= 0) {
                return false;
            }
        }
    }

    /** Returns the index of the edge that contains this number. */
    private static <S> int first(List<Node.Edge<S>> edges, long low) {
        int from = 0;
        int to = edges.size() - 1;
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (Long.compareUnsigned(edges.get(middle).high(), low) < 0) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from;
    }
}
