// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
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
        BitSet seen = new BitSet();
        for (int i = roots.size() - 1; i >= 0; i--) {
            walk(roots.get(i), seen, postorder);
        }
        Collections.reverse(postorder);
        return postorder;
    }

    /** Adds the nodes below the root that were not seen; `seen` has the ids of the others. */
    private static <T> void walk(Node<T> root, BitSet seen, List<Node<T>> postorder) {
        Deque<Frame<T>> stack = new ArrayDeque<>();
        enter(root, seen, stack);
        while (!stack.isEmpty()) {
            Frame<T> top = stack.element();
            if (top.next == top.children.size()) {
                postorder.add(stack.pop().node);
            } else {
                enter(top.children.get(top.next++), seen, stack);
            }
        }
    }

    private static <T> void enter(Node<T> node, BitSet seen, Deque<Frame<T>> stack) {
        if (!seen.get(node.id())) {
            seen.set(node.id());
            stack.push(new Frame<>(node));
        }
    }

    /** Returns the children: in order of intervals, or for yes, then no. */
    public static <T> List<Node<T>> children(Node<T> node) {
        if (node instanceof Node.Split<T> split) {
            List<Node<T>> children = new ArrayList<>(split.edges().size());
            for (Node.Edge<T> edge : split.edges()) {
                children.add(edge.child());
            }
            return children;
        }
        if (node instanceof Node.Then<T> then) {
            return List.of(then.next());
        }
        return node instanceof Node.PredicateTest<T> test ? List.of(test.yes(), test.no()) : List.of();
    }

    private static final class Frame<T> {
        private final Node<T> node;
        private final List<Node<T>> children;
        private int next;

        Frame(Node<T> node) {
            this.node = node;
            this.children = children(node);
        }
    }
}
