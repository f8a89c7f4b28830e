// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.calibrate;

import org.ringwall.compiler.tables.Costs;

/**
 * A constant of the compiler's cost model.
 *
 * @param name its name in {@link Costs}; a call with its argument if it returns several prices
 * @param ns nanoseconds
 */
record Constant(String name, double ns) {
    private static final int KIB = 1_024;

    /** Returns the cost of one access at a random offset in a table of this size. */
    static Constant access(int bytes) {
        return new Constant("Costs.access(" + size(bytes) + ")", Costs.access(bytes));
    }

    /** Formats a size as `256 B` or `16 KiB`. */
    static String size(int bytes) {
        return bytes < KIB ? bytes + " B" : bytes / KIB + " KiB";
    }
}
