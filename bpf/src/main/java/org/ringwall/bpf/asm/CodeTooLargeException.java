// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.asm;

/**
 * Thrown when a branch is farther from its label than it reaches, on a cpu without {@code gotol}.
 */
public final class CodeTooLargeException extends Exception {
    private static final long serialVersionUID = 1;

    private final int slot;
    private final int distance;
    private final int reach;

    CodeTooLargeException(int slot, int distance, int reach, Label target) {
        super("slot %d: `%s` is %+d slots away, and a branch reaches %d"
                .formatted(slot, target.name(), distance, reach));
        this.reach = reach;
        this.slot = slot;
        this.distance = distance;
    }

    /** Returns the slot of the branch. */
    public int slot() {
        return slot;
    }

    /** Returns the number of slots from the end of the branch to its label. */
    public int distance() {
        return distance;
    }

    /** Returns over how many slots it may jump. */
    public int reach() {
        return reach;
    }
}
