// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

/** The names of an object's global variables in instructions (docs/abi.md section 1). */
public final class Symbols {
    /** The control word. */
    public static final String CONTROL = "ringwall_control";

    /**
     * The offset in the control word of the oldest generation that decides; bit 31 says that
     * monitor mode may be on.
     */
    public static final int CONTROL_LO = 0;

    /** The offset in the control word of the newest generation. */
    public static final int CONTROL_HI = 4;

    /** The offset in the control word of the time at which monitor mode ends, 64 bits. */
    public static final int CONTROL_UNTIL = 16;

    /** The generation of the program. */
    public static final String GENERATION = "ringwall_generation";

    /** A u32 of value 0, the key of an array's first entry. */
    public static final String ZERO = "ringwall_zero";

    /** The u32 0, 1, 2, …, the keys of the elements of indexes of maps. */
    public static final String NUMBERS = "ringwall_numbers";

    private Symbols() {}

    /** Returns the symbol of a param's value, a u64. */
    public static String param(String name) {
        return "param_" + name;
    }
}
