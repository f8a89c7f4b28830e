package org.ringwall.compiler.value;

/** How a guard compares a field with a value; unsigned. */
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

    /** The operator as policies write it. */
    public String text() {
        return text;
    }

    /** Whether it asks whether two values are the same. */
    public boolean isEquality() {
        return this == EQ || this == NE;
    }

    /** What `right op left` asks where this asks `left op right`. */
    public Comparison mirrored() {
        return switch (this) {
            case EQ, NE -> this;
            case LT -> GT;
            case LE -> GE;
            case GT -> LT;
            case GE -> LE;
        };
    }

    /** Whether `left op right` holds for unsigned numbers. */
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
