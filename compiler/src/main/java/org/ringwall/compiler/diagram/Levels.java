package org.ringwall.compiler.diagram;

import java.util.Comparator;

/** The order of tests: by variable, a variable's intervals before its predicates, predicates by param and comparison. */
final class Levels {
    private static final Comparator<Predicate> PREDICATES = Comparator.comparing(Predicate::variable)
            .thenComparing(predicate -> predicate.param().name())
            .thenComparing(Predicate::comparison);

    private Levels() {}

    /** Negative if the left node is tested first, 0 if both make the same test; leaves come last. */
    static int compare(Node<?> left, Node<?> right) {
        int byVariable = Integer.compare(variable(left), variable(right));
        if (byVariable != 0) {
            return byVariable;
        }
        if (left instanceof Node.Ask<?> a && right instanceof Node.Ask<?> b) {
            return PREDICATES.compare(a.predicate(), b.predicate());
        }
        return Boolean.compare(left instanceof Node.Ask, right instanceof Node.Ask);
    }

    private static int variable(Node<?> node) {
        if (node instanceof Node.Split<?> split) {
            return split.variable().ordinal();
        }
        return node instanceof Node.Ask<?> ask ? ask.predicate().variable().ordinal() : Integer.MAX_VALUE;
    }
}
