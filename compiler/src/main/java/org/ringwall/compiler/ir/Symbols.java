package org.ringwall.compiler.ir;

/** The names by which instructions call the global variables of an object (docs/abi.md section 1). */
public final class Symbols {
    /** The control word. */
    public static final String CONTROL = "ringwall_control";

    /** In the control word: the oldest generation that decides, and in bit 31 whether monitor mode may be on. */
    public static final int CONTROL_LO = 0;

    /** In the control word: the newest generation. */
    public static final int CONTROL_HI = 4;

    /** In the control word: when monitor mode ends, 64 bits. */
    public static final int CONTROL_UNTIL = 16;

    /** The program's generation. */
    public static final String GENERATION = "ringwall_generation";

    /** A u32 that is 0: the index of an array's first entry. */
    public static final String ZERO = "ringwall_zero";

    private Symbols() {}

    /** A param's value, a u64. */
    public static String param(String name) {
        return "param_" + name;
    }
}
