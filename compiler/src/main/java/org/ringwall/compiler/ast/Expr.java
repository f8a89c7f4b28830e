// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ast;

import java.util.List;
import java.util.Locale;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.Comparison;

/** A guard. Parentheses only determine the shape of the tree, whose depth the parser limits. */
public sealed interface Expr extends Node {
    /** Calls the visitor's method for this kind of guard. */
    <R> R accept(Visitor<R> visitor);

    /** `a or b or c`: at least two operands, in source order. */
    record Or(List<Expr> operands, Span span) implements Expr {
        public Or {
            operands = atLeastTwo(operands);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.or(this);
        }
    }

    /** `a and b and c`: at least two operands, in source order. */
    record And(List<Expr> operands, Span span) implements Expr {
        public And {
            operands = atLeastTwo(operands);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.and(this);
        }
    }

    /** `not a`. */
    record Not(Expr operand, Span span) implements Expr {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.not(this);
        }
    }

    /** `remote.port >= 1024`. */
    record Compare(FieldRef field, Comparison operator, Value value, Span span) implements Expr {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.compare(this);
        }
    }

    /** `remote.ip in private`, or with `negated` `remote.ip not in private`. */
    record Member(FieldRef field, boolean negated, SetExpr set, Span span) implements Expr {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.member(this);
        }
    }

    /**
     * `name glob "net/**"`, or with `negated` `name not glob …`: true if one of the patterns
     * matches. A single string or the name of a set is represented as a group with that one
     * element.
     */
    record Match(FieldRef field, Kind kind, boolean negated, SetExpr patterns, Span span) implements Expr {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.match(this);
        }

        /** The way in which a pattern is matched. */
        public enum Kind {
            PREFIX,
            SUFFIX,
            GLOB;

            /** Returns the word in a guard. */
            public String word() {
                return name().toLowerCase(Locale.ROOT);
            }
        }
    }

    /** A bare boolean field: `read`. */
    record Flag(FieldRef field, Span span) implements Expr {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.flag(this);
        }
    }

    private static List<Expr> atLeastTwo(List<Expr> operands) {
        if (operands.size() < 2) {
            throw new IllegalArgumentException("`and` and `or` join at least two operands");
        }
        return List.copyOf(operands);
    }

    /** An operation on guards of any kind. */
    interface Visitor<R> {
        R or(Or or);

        R and(And and);

        R not(Not not);

        R compare(Compare compare);

        R member(Member member);

        R match(Match match);

        R flag(Flag flag);
    }
}
