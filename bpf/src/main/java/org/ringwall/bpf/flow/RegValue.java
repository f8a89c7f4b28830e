package org.ringwall.bpf.flow;

/**
 * What the checker knows about a register. Two ways that meet keep what both agree on; else the worse of the two: lost
 * context is worse than a plain value, unset is worst.
 */
sealed interface RegValue {
    /** Not set on some way here. */
    record Unset() implements RegValue {}

    /** Set, and no pointer into the frame. */
    record Other() implements RegValue {}

    /** Set, and perhaps a pointer into the frame. */
    record Any() implements RegValue {}

    /** `r10 + off`. */
    record Frame(int off) implements RegValue {}

    /** `context + off`. */
    record Context(int off) implements RegValue {}

    /** The context plus something unknown, or different on different ways. */
    record LostContext() implements RegValue {}

    RegValue UNSET = new Unset();
    RegValue OTHER = new Other();
    RegValue ANY = new Any();
    RegValue LOST_CONTEXT = new LostContext();

    /** Offsets the verifier tracks (BPF_MAX_VAR_OFF). */
    int MAX_OFFSET = 1 << 29;

    /** `base + off`, or what is left to know where that is out of range. */
    static RegValue offset(RegValue base, long off) {
        boolean tracked = Math.abs(off) <= MAX_OFFSET;
        if (base instanceof Frame frame) {
            long sum = frame.off() + off;
            return tracked && Math.abs(sum) <= MAX_OFFSET ? new Frame((int) sum) : ANY;
        }
        if (base instanceof Context context) {
            long sum = context.off() + off;
            return tracked && Math.abs(sum) <= MAX_OFFSET ? new Context((int) sum) : LOST_CONTEXT;
        }
        return base instanceof Unset ? OTHER : base;
    }

    /** Both hold: the order is frame below any, context below other below any below lost context below unset. */
    static RegValue join(RegValue left, RegValue right) {
        if (left.equals(right)) {
            return left;
        }
        if (left instanceof Unset || right instanceof Unset) {
            return UNSET;
        }
        if (left.changedContext() || right.changedContext()) {
            return LOST_CONTEXT;
        }
        return left.perhapsFrame() || right.perhapsFrame() ? ANY : OTHER;
    }

    /** Whether this is the context but not at its start. */
    default boolean changedContext() {
        return this instanceof LostContext || this instanceof Context context && context.off() != 0;
    }

    /** Whether this may point into the frame. */
    default boolean perhapsFrame() {
        return this instanceof Frame || this instanceof Any;
    }
}
