package org.ringwall.compiler.ast;

/** How a field is compared with a value. */
public enum Comparison {
    EQ("=="),
    NE("!="),
    LT("<"),
    LE("<="),
    GT(">"),
    GE(">=");

    private final String symbol;

    Comparison(String symbol) {
        this.symbol = symbol;
    }

    /** As written in a guard. */
    public String symbol() {
        return symbol;
    }
}
