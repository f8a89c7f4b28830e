// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import java.util.Arrays;
import java.util.function.UnaryOperator;

/**
 * The 512 bytes below r10: which of them are written on every path, and the values of 8 bytes that
 * were spilled whole.
 */
final class Stack {
    /** MAX_BPF_STACK. */
    static final int BYTES = 512;

    private static final int SLOTS = BYTES / Long.BYTES;
    private static final long WHOLE = (1L << Long.BYTES) - 1;

    private final Value[] spilled;
    private final long[] written;

    private Stack(Value[] spilled, long[] written) {
        this.spilled = spilled;
        this.written = written;
    }

    /** Returns a stack without any writes. */
    static Stack empty() {
        Value[] spilled = new Value[SLOTS];
        Arrays.fill(spilled, Value.NOTHING);
        return new Stack(spilled, new long[SLOTS / Long.BYTES]);
    }

    Stack copy() {
        return new Stack(spilled.clone(), written.clone());
    }

    static boolean holds(long off, long bytes) {
        return off >= -BYTES && off + bytes <= 0;
    }

    private static int slot(long off) {
        return (int) (off + BYTES) / Long.BYTES;
    }

    /**
     * Returns whether a byte, counted from the lowest address of the frame, is written on every
     * path.
     */
    private boolean isWritten(int at) {
        return (written[at / Long.SIZE] & 1L << at % Long.SIZE) != 0;
    }

    /** Returns whether all these bytes are written on every path. */
    boolean isWritten(long off, int bytes) {
        for (int at = (int) off + BYTES; at < off + BYTES + bytes; at++) {
            if (!isWritten(at)) {
                return false;
            }
        }
        return true;
    }

    void write(long off, int bytes) {
        for (int at = (int) off + BYTES; at < off + BYTES + bytes; at++) {
            written[at / Long.SIZE] |= 1L << at % Long.SIZE;
        }
        for (int slot = slot(off); slot <= slot(off + bytes - 1); slot++) {
            spilled[slot] = Value.NOTHING;
        }
    }

    /** Stores a value of 8 bytes at a multiple of 8. */
    void spill(long off, Value value) {
        int slot = slot(off);
        written[slot / Long.BYTES] |= WHOLE << slot % Long.BYTES * Long.BYTES;
        spilled[slot] = value;
    }

    /** Records a store of a number that may have happened at `off`, or elsewhere. */
    void perhapsWrite(long off, int bytes) {
        for (int slot = slot(off); slot <= slot(off + bytes - 1); slot++) {
            if (spilled[slot] != Value.NOTHING) {
                spilled[slot] = Value.join(spilled[slot], Value.UNKNOWN);
            }
        }
    }

    /**
     * Returns the value spilled in the slot of this byte; {@link Value#NOTHING} for plain bytes.
     */
    Value spilled(long off) {
        return spilled[slot(off)];
    }

    /** Returns whether a slot of these bytes may hold a pointer. */
    boolean holdsPointer(long off, int bytes) {
        for (int slot = slot(off); slot <= slot(off + bytes - 1); slot++) {
            if (!spilled[slot].pointers().isEmpty()) {
                return true;
            }
        }
        return false;
    }

    void change(UnaryOperator<Value> change) {
        for (int slot = 0; slot < SLOTS; slot++) {
            if (spilled[slot] != Value.NOTHING) {
                spilled[slot] = change.apply(spilled[slot]);
            }
        }
    }

    /**
     * Joins the state of another path. Returns whether anything changed. Plain bytes opposite a
     * spilled value are an unknown number.
     */
    boolean join(Stack other) {
        boolean changed = false;
        for (int word = 0; word < written.length; word++) {
            long both = written[word] & other.written[word];
            changed |= both != written[word];
            written[word] = both;
        }
        for (int slot = 0; slot < SLOTS; slot++) {
            Value one = spilled[slot];
            Value more = other.spilled[slot];
            if (one != more) {
                Value left = one == Value.NOTHING ? Value.UNKNOWN : one;
                Value joined = Value.join(left, more == Value.NOTHING ? Value.UNKNOWN : more);
                Value kept = joined.pointers().isEmpty() && !joined.numbers().isConstant() ? Value.NOTHING : joined;
                changed |= kept != one;
                spilled[slot] = kept;
            }
        }
        return changed;
    }

    /**
     * Returns a hash of the written bytes and contents of these slots, one bit each, without ranges
     * of numbers.
     */
    long shape(long slots) {
        long shape = 0;
        for (long rest = slots; rest != 0; rest &= rest - 1) {
            int slot = Long.numberOfTrailingZeros(rest);
            long bytes = written[slot / Long.BYTES] >>> slot % Long.BYTES * Long.BYTES & WHOLE;
            shape = mixed(shape, bytes << Byte.SIZE | slot);
            if (spilled[slot] != Value.NOTHING) {
                shape = mixed(shape, spilled[slot].shape());
            }
        }
        return shape;
    }

    /** Returns those of these slots that hold the constant 0. */
    long zeros(long slots) {
        long zeros = 0;
        for (long rest = slots; rest != 0; rest &= rest - 1) {
            int slot = Long.numberOfTrailingZeros(rest);
            boolean zero = spilled[slot] != Value.NOTHING
                    && spilled[slot].isNumber()
                    && spilled[slot].numbers().equals(Numbers.ZERO);
            zeros |= zero ? 1L << slot : 0;
        }
        return zeros;
    }

    /** Returns a hash of two numbers. */
    static long mixed(long hash, long more) {
        long mixed = (hash ^ more) * 0x9e37_79b9_7f4a_7c15L;
        return mixed ^ mixed >>> Integer.SIZE;
    }

    int slots() {
        return SLOTS;
    }

    void setSlot(int slot, Value value) {
        spilled[slot] = value;
    }

    Value slotValue(int slot) {
        return spilled[slot];
    }
}
