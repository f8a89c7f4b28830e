package org.ringwall.bpf.asm;

/** A branch is farther from its label than its 16 bits reach, on a cpu without {@code gotol}. */
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

    /** The slot of the branch. */
    public int slot() {
        return slot;
    }

    /** Slots from the end of the branch to its label. */
    public int distance() {
        return distance;
    }

    /** How many slots it may be over. */
    public int reach() {
        return reach;
    }
}
