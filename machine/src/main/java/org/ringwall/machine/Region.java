package org.ringwall.machine;

import org.ringwall.bpf.insn.Width;

/** Memory, or a kernel object without readable memory, that pointers lead to; what is refused here is a trap. */
sealed interface Region
        permits KernelContext,
                StackRegion,
                DataRegion,
                ContextRegion,
                PacketRegion,
                PacketRegion.End,
                OpaqueRegion,
                SocketRegion {
    /** What traps and traces call it. */
    String name();

    /** The bytes there, zero-extended, or the pointer that lies there. */
    Value load(long offset, Width width);

    /** Replaces the bytes there. */
    void store(long offset, Width width, Value value);

    /** Whether a constant may be added to a pointer to it. */
    boolean movable();

    /** Whether helpers and atomic operations may use it as plain memory: the few kinds that they may say so. */
    default boolean plain() {
        return false;
    }

    /** What is stored where no pointer may lie. */
    static long number(Value value, String place) {
        if (value instanceof Value.Scalar scalar) {
            return scalar.bits();
        }
        throw new TrapException("leaks address of " + value + " into " + place);
    }

    /** The trap of an access outside, in the verifier's terms. */
    static TrapException outside(String name, long offset, int bytes) {
        return new TrapException("invalid access to %s, off=%d size=%d".formatted(name, offset, bytes));
    }

    /** The verifier is strict for stacks everywhere, for other memory where the processor is. */
    static void aligned(String name, long offset, Width width) {
        if (Math.floorMod(offset, width.bytes()) != 0) {
            throw new TrapException("misaligned access to %s, off=%d size=%d".formatted(name, offset, width.bytes()));
        }
    }
}
