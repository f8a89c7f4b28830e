package org.ringwall.compiler.diagram;

import java.util.List;

/**
 * A node of a diagram. Nodes are hash-consed by their {@link Forest}: equal nodes are the same object, and identity is
 * equality. On every path variables ascend in {@link Variable} order, a variable's predicates after its intervals.
 *
 * @param <T> what the leaves carry
 */
public sealed interface Node<T> {
    /** Number within its forest, in order of making; children come before parents. */
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

        /** What comes out. */
        public T value() {
            return value;
        }
    }

    /** Splits a variable's whole range, 0 to its maximum, into at least two intervals; neighbours differ. */
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

        /** The variable tested. */
        public Variable variable() {
            return variable;
        }

        /** Ascending; the first begins at 0, the last ends at the variable's maximum. */
        public List<Edge<T>> edges() {
            return edges;
        }
    }

    /** Asks a predicate; the answers differ. */
    final class Ask<T> implements Node<T> {
        private final int id;
        private final Predicate predicate;
        private final Node<T> yes;
        private final Node<T> no;

        Ask(int id, Predicate predicate, Node<T> yes, Node<T> no) {
            this.id = id;
            this.predicate = predicate;
            this.yes = yes;
            this.no = no;
        }

        @Override
        public int id() {
            return id;
        }

        /** The predicate asked. */
        public Predicate predicate() {
            return predicate;
        }

        /** Where it holds. */
        public Node<T> yes() {
            return yes;
        }

        /** Where it does not. */
        public Node<T> no() {
            return no;
        }
    }

    /**
     * Notes what is done in the end, and goes on: what {@link HookDecision#asides} say in a diagram that a program follows. Below it variables
     * begin anew.
     */
    final class Then<T> implements Node<T> {
        private final int id;
        private final Noted noted;
        private final Node<T> next;

        Then(int id, Noted noted, Node<T> next) {
            this.id = id;
            this.noted = noted;
            this.next = next;
        }

        @Override
        public int id() {
            return id;
        }

        /** What is done in the end. */
        public Noted noted() {
            return noted;
        }

        /** Where it goes on. */
        public Node<T> next() {
            return next;
        }
    }

    /** One interval of a split: from the number after the edge before it to `high`, included, unsigned. */
    record Edge<T>(long high, Node<T> child) {}

    /** What another package does with a node. */
    interface Visitor<T, R> {
        R leaf(Leaf<T> leaf);

        R split(Split<T> split);

        R ask(Ask<T> ask);

        /** Only diagrams that programs follow have such nodes. */
        default R then(Then<T> then) {
            throw new IllegalStateException("node " + then.id() + " is not of what is decided");
        }
    }

    /** Calls the visitor's method for this kind. */
    default <R> R accept(Visitor<T, R> visitor) {
        if (this instanceof Leaf<T> leaf) {
            return visitor.leaf(leaf);
        } else if (this instanceof Split<T> split) {
            return visitor.split(split);
        } else if (this instanceof Then<T> then) {
            return visitor.then(then);
        }
        return visitor.ask((Ask<T>) this);
    }
}
