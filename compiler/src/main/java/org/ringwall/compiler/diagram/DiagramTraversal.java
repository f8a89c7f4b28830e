// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Visits of all nodes of a diagram, each node once. */
public final class DiagramTraversal {
    private DiagramTraversal() {}

    /** Passes every leaf's value to the action, each leaf once, in no particular order. */
    public static <T> void leaves(Node<T> root, Consumer<T> action) {
        for (Node<T> node : topological(root)) {
            if (node instanceof Node.Leaf<T> leaf) {
                action.accept(leaf.value());
            }
        }
    }

    /** Returns whether the value of some leaf matches. */
    static <T> boolean anyLeaf(Node<T> root, Predicate<T> wanted) {
        return topological(root).stream()
                .anyMatch(node -> node instanceof Node.Leaf<T> leaf && wanted.test(leaf.value()));
    }

    /**
     * Returns every node that the root reaches, parents before children, in the same order for
     * equal diagrams.
     */
    public static <T> List<Node<T>> topological(Node<T> root) {
        return topological(List.of(root));
    }

    /**
     * Returns every node that one of the roots reaches, parents before children. The first root and
     * the nodes that only it reaches come first.
     */
    public static <T> List<Node<T>> topological(List<Node<T>> roots) {
        List<Node<T>> postorder = new ArrayList<>();
        Set<Node<T>> seen = new HashSet<>();
        for (int i = roots.size() - 1; i >= 0; i--) {
            if (seen.add(roots.get(i))) {
                walk(roots.get(i), seen, postorder);
            }
        }
        Collections.reverse(postorder);
        return postorder;
    }

    private static <T> void walk(Node<T> root, Set<Node<T>> seen, List<Node<T>> postorder) {
        Deque<Frame<T>> stack = new ArrayDeque<>();
        stack.push(new Frame<>(root, children(root).iterator()));
        while (!stack.isEmpty()) {
            Frame<T> top = stack.element();
            if (!top.rest().hasNext()) {
                postorder.add(stack.pop().node());
                continue;
            }
            Node<T> child = top.rest().next();
            if (seen.add(child)) {
                stack.push(new Frame<>(child, children(child).iterator()));
            }
        }
    }

    /** Returns the children: in order of intervals, or for yes, then no. */
    public static <T> List<Node<T>> children(Node<T> node) {
        if (node instanceof Node.Split<T> split) {
            return split.edges().stream().map(Node.Edge::child).toList();
        }
        if (node instanceof Node.Then<T> then) {
            return List.of(then.next());
        }
        return node instanceof Node.PredicateTest<T> test ? List.of(test.yes(), test.no()) : List.of();
    }

    private record Frame<T>(Node<T> node, Iterator<Node<T>> rest) {}
}
