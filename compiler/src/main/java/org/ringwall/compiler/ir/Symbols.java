package org.ringwall.compiler.ir;

/** The names by which instructions call the global variables of an object (docs/abi.md section 1). */
public final class Symbols {
    /** The control word. */
    public static final String CONTROL = "ringwall_control";

    /** The program's generation. */
    public static final String GENERATION = "ringwall_generation";

    private Symbols() {}

    /** A param's value, a u64. */
    public static String param(String name) {
        return "param_" + name;
    }
}
