// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import java.util.Locale;

/**
 * The predicted cost of code.
 *
 * @param instructions the instructions in the program, of which the verifier walks each a few times
 * @param nanoseconds the time of a decision on random keys, on the machine of {@link Costs}
 */
public record Cost(int instructions, double nanoseconds) implements Comparable<Cost> {
    /** Returns the cost of instructions that neither load from a table nor branch. */
    public static Cost straight(int instructions) {
        return new Cost(instructions, instructions * Costs.STRAIGHT_NS);
    }

    /** Returns the sum of both costs. */
    public Cost plus(Cost other) {
        return new Cost(instructions + other.instructions, nanoseconds + other.nanoseconds);
    }

    private double weight() {
        return nanoseconds + instructions * Costs.NS_PER_INSTRUCTION;
    }

    @Override
    public int compareTo(Cost other) {
        return Double.compare(weight(), other.weight());
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%d instructions, %.1f ns", instructions, nanoseconds);
    }
}
