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
