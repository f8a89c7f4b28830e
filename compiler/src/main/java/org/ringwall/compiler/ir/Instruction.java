package org.ringwall.compiler.ir;

import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextField;

/** What makes one value. None has an effect that another could see, so that each may be left out where nobody uses it. */
public sealed interface Instruction {
    /** `result = *(width *)(ctx + field.offset + offset)`, with `swap` from network to host order. */
    record ReadContext(Value result, ContextField field, int offset, Width width, Swap swap) implements Instruction {
        public ReadContext {
            if (offset < 0 || swap.bits() > width.bits()) {
                throw new IllegalArgumentException("offset %d, swap %s of %s".formatted(offset, swap, width));
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.readContext(this);
        }
    }

    /** `result = &symbol`, the address of a global variable. */
    record AddressOf(Value result, String symbol) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.addressOf(this);
        }
    }

    /** `result = *(width *)(base + offset)` of a global variable, in the object's own byte order. */
    record ReadGlobal(Value result, Value base, int offset, Width width) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.readGlobal(this);
        }
    }

    /** `result = bpf_get_current_uid_gid()`: the gid in the high half, the uid in the low one. */
    record CallUidGid(Value result) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.callUidGid(this);
        }
    }

    /**
     * `result = bpf_sysctl_get_name(ctx, name, size, 0)` into the zeroed name buffer, a multiple of 8 bytes: the name's
     * length, or a negative errno, as an unsigned number far above every length.
     */
    record CallSysctlName(Value result, int size) implements Instruction {
        /** The stack of a program (MAX_BPF_STACK in include/linux/filter.h). */
        public static final int MAX_SIZE = 512;

        public CallSysctlName {
            if (size <= 0 || size > MAX_SIZE || size % 8 != 0) {
                throw new IllegalArgumentException("a name buffer of " + size + " bytes");
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.callSysctlName(this);
        }
    }

    /** `result = *(u64 *)(name + offset)`, in the object's own byte order. */
    record ReadName(Value result, int offset) implements Instruction {
        public ReadName {
            if (offset < 0 || offset % 8 != 0) {
                throw new IllegalArgumentException("a name is read in words of 8 bytes");
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.readName(this);
        }
    }

    /** `result = value`. */
    record Constant(Value result, long value) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.constant(this);
        }
    }

    /** `result = of << by` or `of >> by`, 64 bits, unsigned. */
    record Shift(Value result, Direction direction, Value of, int by) implements Instruction {
        public Shift {
            if (by < 1 || by > 63) {
                throw new IllegalArgumentException("a shift by " + by);
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.shift(this);
        }
    }

    /** `result` is the low 16 or 32 bits of `of`. */
    record LowBits(Value result, Value of, int bits) implements Instruction {
        public LowBits {
            if (bits != 16 && bits != 32) {
                throw new IllegalArgumentException("the low " + bits + " bits");
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.lowBits(this);
        }
    }

    /** `result` is the low 16 or 32 bits of `of` as a number whose bytes lie in memory in network order. */
    record NetworkOrder(Value result, Value of, int bits) implements Instruction {
        public NetworkOrder {
            if (bits != 16 && bits != 32) {
                throw new IllegalArgumentException("network order of " + bits + " bits");
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.networkOrder(this);
        }
    }

    /** `result = high << 32 | low`; both have 32 bits. */
    record Join(Value result, Value high, Value low) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.join(this);
        }
    }

    /** Which way {@link Shift} moves. */
    enum Direction {
        LEFT("<<"),
        RIGHT(">>");

        private final String symbol;

        Direction(String symbol) {
            this.symbol = symbol;
        }

        /** The operator of the printed form. */
        public String symbol() {
            return symbol;
        }
    }

    /** The byte order of what {@link ReadContext} reads. */
    enum Swap {
        /** Host order already. */
        NONE(0),
        BE16(16),
        BE32(32),
        BE64(64);

        private final int bits;

        Swap(int bits) {
            this.bits = bits;
        }

        /** How many low bits are network order, all others being dropped; 0 for host order. */
        public int bits() {
            return bits;
        }
    }

    /** The value made. */
    Value result();

    /** Calls the visitor's method for this kind. */
    <R> R accept(Visitor<R> visitor);

    /** What another class does with an instruction. */
    interface Visitor<R> {
        R readContext(ReadContext instruction);

        R addressOf(AddressOf instruction);

        R readGlobal(ReadGlobal instruction);

        R callUidGid(CallUidGid instruction);

        R callSysctlName(CallSysctlName instruction);

        R readName(ReadName instruction);

        R constant(Constant instruction);

        R shift(Shift instruction);

        R lowBits(LowBits instruction);

        R networkOrder(NetworkOrder instruction);

        R join(Join instruction);
    }
}
