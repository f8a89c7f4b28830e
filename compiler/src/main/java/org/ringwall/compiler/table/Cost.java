package org.ringwall.compiler.table;

import java.util.Locale;

/**
 * What a form of a switch is expected to cost.
 *
 * @param instructions in the program, of which the verifier walks each a few times
 * @param nanoseconds a decision on random keys, on the machine that {@link Costs} was measured on
 */
public record Cost(int instructions, double nanoseconds) implements Comparable<Cost> {
    /** So many instructions that neither fetch nor branch. */
    public static Cost straight(int instructions) {
        return new Cost(instructions, instructions * Costs.STRAIGHT_NS);
    }

    /** Both one after the other. */
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
