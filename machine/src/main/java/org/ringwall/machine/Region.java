// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import org.ringwall.bpf.insn.Width;

/**
 * The target of pointers: memory, or a kernel object without readable memory. A rejected access is
 * a trap.
 */
sealed interface Region
        permits KernelObject,
                StackRegion,
                DataRegion,
                ContextRegion,
                PacketRegion,
                PacketRegion.End,
                OpaqueRegion,
                SocketRegion {
    /** Returns its name in traps and traces. */
    String name();

    /** Returns the bytes there, zero-extended, or the pointer stored there. */
    Value load(long offset, Width width);

    /** Replaces the bytes there. */
    void store(long offset, Width width, Value value);

    /** Returns whether a constant may be added to a pointer to it. */
    boolean movable();

    /** Returns whether helpers and atomic operations may use it as plain memory. */
    default boolean plain() {
        return false;
    }

    /** Returns the number to store where no pointer may be stored. */
    static long number(Value value, String place) {
        if (value instanceof Value.Scalar scalar) {
            return scalar.bits();
        }
        throw new TrapException("leaks address of " + value + " into " + place);
    }

    /** Returns the trap of an access outside, in the verifier's terms. */
    static TrapException outside(String name, long offset, int bytes) {
        return new TrapException("invalid access to %s, off=%d size=%d".formatted(name, offset, bytes));
    }

    /**
     * Checks alignment. The verifier requires it for stacks always, for other memory if the
     * processor does.
     */
    static void aligned(String name, long offset, Width width) {
        if (Math.floorMod(offset, width.bytes()) != 0) {
            throw new TrapException("misaligned access to %s, off=%d size=%d".formatted(name, offset, width.bytes()));
        }
    }
}
