// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.value;

/** An unsigned comparison of a field with a value in a guard. */
public enum Comparison {
    EQ("=="),
    NE("!="),
    LT("<"),
    LE("<="),
    GT(">"),
    GE(">=");

    private final String text;

    Comparison(String text) {
        this.text = text;
    }

    /** Returns the operator in policy syntax. */
    public String text() {
        return text;
    }

    /** Returns whether this is `==` or `!=`. */
    public boolean isEquality() {
        return this == EQ || this == NE;
    }

    /**
     * Returns the comparison for which `right op left` is the same as `left op right` for this one.
     */
    public Comparison mirrored() {
        return switch (this) {
            case EQ, NE -> this;
            case LT -> GT;
            case LE -> GE;
            case GT -> LT;
            case GE -> LE;
        };
    }

    /** Returns whether `left op right` holds for unsigned numbers. */
    public boolean holds(long left, long right) {
        int order = Long.compareUnsigned(left, right);
        return switch (this) {
            case EQ -> order == 0;
            case NE -> order != 0;
            case LT -> order < 0;
            case LE -> order <= 0;
            case GT -> order > 0;
            case GE -> order >= 0;
        };
    }
}
