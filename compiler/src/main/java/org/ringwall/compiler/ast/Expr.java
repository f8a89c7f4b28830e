package org.ringwall.compiler.ast;

import java.util.List;
import java.util.Locale;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.Comparison;

/** A guard. Round brackets leave no trace but the shape of the tree, and its depth is bounded by the parser. */
public sealed interface Expr extends Node {
    /** Answers each kind. */
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
     * `name glob "net/**"`, or with `negated` `name not glob …`: matches where one of the patterns does. One string and
     * the name of a set read as a group of that one element.
     */
    record Match(FieldRef field, Kind kind, boolean negated, SetExpr patterns, Span span) implements Expr {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.match(this);
        }

        /** How a pattern is held against the field. */
        public enum Kind {
            PREFIX,
            SUFFIX,
            GLOB;

            /** As written in a guard. */
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

    /** One answer for each kind of guard. */
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
