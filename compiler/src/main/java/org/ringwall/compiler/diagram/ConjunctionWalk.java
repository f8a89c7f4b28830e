// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.ringwall.compiler.value.IntervalSet;

/**
 * A walk over the values of a diagram where a condition holds and variables are inside a box. It
 * builds nothing, and of a split with many edges it visits only those that condition and box meet.
 * It can therefore run once for every rule, and ends soon where two large conditions meet.
 *
 * @param <T> the values of the leaves
 */
public final class ConjunctionWalk<T> {
    private final Levels levels;
    private final Optional<Function<Variable, IntervalSet>> box;
    private final Predicate<T> action;
    private final Set<Long> seen = new HashSet<>();
    private long steps;

    private ConjunctionWalk(
            TestOrder order, Optional<Function<Variable, IntervalSet>> box, Predicate<T> action, long steps) {
        this.levels = new Levels(order);
        this.box = box;
        this.action = action;
        this.steps = steps;
    }

    /**
     * Creates a walk over all values that ends when the action returns true or after this many
     * edges.
     *
     * @param action receives the value of a leaf and returns whether the walk is over
     */
    ConjunctionWalk(TestOrder order, Predicate<T> action, int steps) {
        this(order, Optional.empty(), action, steps);
    }

    /**
     * Creates a walk over the requests inside a box that ends when the action returns true. A box
     * has no condition between variables, and a predicate may hold or not.
     *
     * @param box the values of each variable, at least one
     * @param action receives the value of a leaf, perhaps several times, and returns whether the
     *     walk is over
     */
    public ConjunctionWalk(TestOrder order, Function<Variable, IntervalSet> box, Predicate<T> action) {
        this(order, Optional.of(box), action, Long.MAX_VALUE);
    }

    /** Walks both diagrams. Returns true if the walk ended early. */
    public boolean walk(Node<T> node, Node<Boolean> condition) {
        if (condition instanceof Node.Leaf<Boolean> leaf && !leaf.value()) {
            return false;
        }
        // Without a box, a condition that is not false holds for some request.
        if (node instanceof Node.Leaf<T> leaf && (box.isEmpty() || condition instanceof Node.Leaf)) {
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
        List<Node.Edge<T>> edges = edges(node, order <= 0, variable);
        List<Node.Edge<Boolean>> conditions = edges(condition, order >= 0, variable);
        return box.isEmpty()
                ? walk(edges, conditions, 0, variable.max())
                : box.get().apply(variable).intervals().stream()
                        .anyMatch(interval -> walk(
                                edges,
                                conditions,
                                interval.low().low(),
                                interval.high().low()));
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

    private boolean walk(List<Node.Edge<T>> edges, List<Node.Edge<Boolean>> conditions, long low, long high) {
        long from = low;
        for (int i = first(conditions, low); ; i++) {
            Node.Edge<Boolean> condition = conditions.get(i);
            boolean last = Long.compareUnsigned(condition.high(), high) >= 0;
            boolean never = condition.child() instanceof Node.Leaf<Boolean> leaf && !leaf.value();
            if (!never && between(edges, from, last ? high : condition.high(), condition.child())) {
                return true;
            }
            if (last) {
                return false;
            }
            from = condition.high() + 1;
        }
    }

    private boolean between(List<Node.Edge<T>> edges, long low, long high, Node<Boolean> condition) {
        for (int i = first(edges, low); ; i++) {
            if (steps-- <= 0 || walk(edges.get(i).child(), condition)) {
                return true;
            }
            if (Long.compareUnsigned(edges.get(i).high(), high) >= 0) {
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
