package org.ringwall.compiler.diagram;

import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.value.Comparison;

/** A test whose answer is not known until the policy is applied: `variable op param`, unsigned, op EQ, LT or LE. */
public record Predicate(Variable variable, Comparison comparison, Param param) {
    public Predicate {
        boolean canonical = switch (comparison) {
            case EQ, LT, LE -> true;
            case NE, GT, GE -> false;
        };
        if (!canonical) {
            throw new IllegalArgumentException("write " + comparison + " as the negation of its opposite");
        }
    }

    @Override
    public String toString() {
        return variable + " " + comparison.text() + " " + param.name();
    }
}
