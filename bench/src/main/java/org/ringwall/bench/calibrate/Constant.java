package org.ringwall.bench.calibrate;

import org.ringwall.compiler.table.CallPrices;
import org.ringwall.compiler.table.Costs;

/**
 * A number that the compiler reckons with.
 *
 * @param name as {@link Costs} or {@link CallPrices} has it; a call with its argument where it gives several
 * @param ns nanoseconds
 */
record Constant(String name, double ns) {
    private static final int KIB = 1_024;

    /** What one access at a random place of so many bytes costs. */
    static Constant access(int bytes) {
        return new Constant("Costs.access(" + size(bytes) + ")", Costs.access(bytes));
    }

    /** As `256 B` or `16 KiB`. */
    static String size(int bytes) {
        return bytes < KIB ? bytes + " B" : bytes / KIB + " KiB";
    }
}
