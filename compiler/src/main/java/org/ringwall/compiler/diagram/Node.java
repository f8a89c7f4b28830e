// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.List;

/**
 * A node of a diagram. A {@link NodeTable} hash-conses its nodes: equal nodes are the same object,
 * so identity is equality. On every path the variables follow the forest's {@link TestOrder}, and
 * the predicates of a variable come after its intervals.
 *
 * @param <T> the values of the leaves
 */
public sealed interface Node<T> {
    /**
     * Returns the number of the node in its forest, in order of creation. Children have smaller
     * numbers than their parents.
     */
    int id();

    /** The end of a path. */
    final class Leaf<T> implements Node<T> {
        private final int id;
        private final T value;

        Leaf(int id, T value) {
            this.id = id;
            this.value = value;
        }

        @Override
        public int id() {
            return id;
        }

        /** Returns the result. */
        public T value() {
            return value;
        }
    }

    /**
     * A split of a variable's whole range, 0 to its maximum, into at least two intervals.
     * Neighbours have different children.
     */
    final class Split<T> implements Node<T> {
        private final int id;
        private final Variable variable;
        private final List<Edge<T>> edges;

        Split(int id, Variable variable, List<Edge<T>> edges) {
            this.id = id;
            this.variable = variable;
            this.edges = edges;
        }

        @Override
        public int id() {
            return id;
        }

        /** Returns the tested variable. */
        public Variable variable() {
            return variable;
        }

        /**
         * Returns the edges in ascending order. The first begins at 0, and the last ends at the
         * variable's maximum.
         */
        public List<Edge<T>> edges() {
            return edges;
        }
    }

    /** A test of a predicate, with different children for its two answers. */
    final class PredicateTest<T> implements Node<T> {
        private final int id;
        private final Predicate predicate;
        private final Node<T> yes;
        private final Node<T> no;

        PredicateTest(int id, Predicate predicate, Node<T> yes, Node<T> no) {
            this.id = id;
            this.predicate = predicate;
            this.yes = yes;
            this.no = no;
        }

        @Override
        public int id() {
            return id;
        }

        /** Returns the tested predicate. */
        public Predicate predicate() {
            return predicate;
        }

        /** Returns the child if the predicate holds. */
        public Node<T> yes() {
            return yes;
        }

        /** Returns the child if the predicate does not hold. */
        public Node<T> no() {
            return no;
        }
    }

    /**
     * A node that notes pending effects and continues. It represents the leaves of
     * {@link HookDecision#effects} in the diagram that a program evaluates. After it, the order of
     * variables starts again.
     */
    final class Then<T> implements Node<T> {
        private final int id;
        private final PendingEffects noted;
        private final Node<T> next;

        Then(int id, PendingEffects noted, Node<T> next) {
            this.id = id;
            this.noted = noted;
            this.next = next;
        }

        @Override
        public int id() {
            return id;
        }

        public PendingEffects noted() {
            return noted;
        }

        public Node<T> next() {
            return next;
        }
    }

    /**
     * One interval of a split, from the previous edge's `high` + 1 to this `high`, inclusive and
     * unsigned.
     */
    record Edge<T>(long high, Node<T> child) {}

    /** An operation on nodes in another package. */
    interface Visitor<T, R> {
        R leaf(Leaf<T> leaf);

        R split(Split<T> split);

        R test(PredicateTest<T> test);

        /** Visits a node that only the diagrams evaluated by programs have. */
        default R then(Then<T> then) {
            throw new IllegalStateException("node " + then.id() + " occurs only in merged diagrams");
        }
    }

    /** Calls the visitor's method for this kind of node. */
    default <R> R accept(Visitor<T, R> visitor) {
        if (this instanceof Leaf<T> leaf) {
            return visitor.leaf(leaf);
        } else if (this instanceof Split<T> split) {
            return visitor.split(split);
        } else if (this instanceof Then<T> then) {
            return visitor.then(then);
        }
        return visitor.test((PredicateTest<T>) this);
    }
}
