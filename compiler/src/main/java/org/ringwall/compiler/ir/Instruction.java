// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.tables.LookupTable;
import org.ringwall.compiler.tables.RuleRows;
import org.ringwall.compiler.tables.StringHash;
import org.ringwall.compiler.tables.StringTable;

/**
 * An instruction, which defines one value. Only {@link LeaveToKernel}, {@link StampSocket} and a
 * {@link CallState} whose {@link StateOp#acts} is true have side effects; any other instruction can
 * be removed if its result is not used. A {@link CallState} must not be shared or moved, because
 * the state that it reads can change at any time.
 */
public sealed interface Instruction {
    /** `result = *(width *)(ctx + field.offset + offset)`, converted to host order by `swap`. */
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

    /** {@code result = &symbol}, the address of a global variable. */
    record AddressOf(Value result, String symbol) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.addressOf(this);
        }
    }

    /** `result = *(width *)(base + offset)` of a global variable, in the object's byte order. */
    record ReadGlobal(Value result, Value base, int offset, Width width) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.readGlobal(this);
        }
    }

    /** `result = identity()`: the task or the socket. All calls of a run return the same value. */
    record CallIdentity(Value result, Identity identity) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.callIdentity(this);
        }
    }

    /**
     * `result = helper(…, string, size, …)` into the string buffer, the last `size` bytes of the
     * stack. A negative errno is taken as unsigned. The bytes after the NUL are unspecified.
     *
     * @param cleared leading bytes zeroed before the call: read after the NUL or required by it
     */
    record CallString(Value result, StringSource source, int size, int cleared) implements Instruction {
        /** The size of a program's stack (MAX_BPF_STACK in include/linux/filter.h). */
        public static final int MAX_SIZE = 512;

        public CallString {
            if (size <= 0 || size > MAX_SIZE || size % 8 != 0) {
                throw new IllegalArgumentException("a string buffer of " + size + " bytes");
            }
            if (cleared < 0 || cleared > size || cleared % 8 != 0) {
                throw new IllegalArgumentException(cleared + " cleared bytes of " + size);
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.callString(this);
        }
    }

    /** `result = be64 *(u64 *)(string + offset)`, or narrower. It compares as the strings do. */
    record ReadString(Value result, int size, int offset, Width width) implements Instruction {
        public ReadString {
            if (offset < 0 || offset % width.bytes() != 0 || offset + width.bytes() > size) {
                throw new IllegalArgumentException("a word of a string lies within it, at a multiple of its size");
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.readString(this);
        }
    }

    /**
     * Runs the automaton of `table` over the string in the buffer from `row` and byte `from`, up to
     * the NUL, the last byte of the buffer or a final row. `result` is the row. Unless the NUL was
     * reached, {@link StringTable#cutBit} is set if `length` says that the string was truncated.
     */
    record WalkString(Value result, Value length, StringTable table, int row, int size, int from)
            implements Instruction {
        public WalkString {
            if (from < 0 || from >= size) {
                throw new IllegalArgumentException("a walk from byte " + from);
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.walkString(this);
        }
    }

    /** `result` is the class of the entry that begins the string; all ones if none does. */
    record FindString(Value result, StringHash table, int size) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.findString(this);
        }
    }

    /**
     * `result` is the index of the string's NUL, at `from` or later. Without `length` the NUL is
     * searched for. If `length` says that the string was truncated, `result` exceeds every index.
     * Zeroes the `before` bytes below the buffer, which {@link ReadEnd} may read.
     */
    record FindEnd(Value result, Optional<Value> length, int size, int from, int before) implements Instruction {
        public FindEnd {
            if (from < 0 || from >= size || before < 0 || before % 8 != 0 || size + before > CallString.MAX_SIZE) {
                throw new IllegalArgumentException("an end from byte " + from + ", " + before + " before");
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.findEnd(this);
        }
    }

    /** `result` is the index of the first such byte at `from` or later, `size` if there is none. */
    record FindByte(Value result, int value, int size, int from) implements Instruction {
        public FindByte {
            if (value < 1 || value > 255 || from < 0 || from >= size) {
                throw new IllegalArgumentException("byte " + value + " from " + from);
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.findByte(this);
        }
    }

    /**
     * {@code result = r10 + (end & -8)}: to the verifier a constant on each path of
     * {@link FindEnd}.
     */
    record EndPlace(Value result, Value end) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.endPlace(this);
        }
    }

    /** {@code result = (end & 7) * 8}: the bits from the last word boundary to the string's end. */
    record EndShift(Value result, Value end) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.endShift(this);
        }
    }

    /** `result` is `bytes` bytes (1 to 4, or 8) that end `back` before the string's end. */
    record ReadEnd(Value result, Value place, Value shift, int size, int back, int bytes) implements Instruction {
        public ReadEnd {
            if (back < 0 || back % 8 != 0 || bytes < 1 || bytes > 4 && bytes != 8) {
                throw new IllegalArgumentException(bytes + " bytes, " + back + " before the end");
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.readEnd(this);
        }
    }

    /**
     * `ctx.optlen = 0`, the first instruction of any program at getsockopt and setsockopt, even an
     * inert one. The kernel then handles the caller's buffer alone if the value is longer than the
     * program sees (the call would fail with EFAULT) and if getsockopt has failed (5.10 would zero
     * the buffer): `__cgroup_bpf_run_filter_getsockopt` and `_setsockopt` in kernel/bpf/cgroup.c. A
     * negative length, by which another program takes over the call, is kept. `result` is the
     * length for guards: that in `ctx.optlen`, or 4096 for a longer value at setsockopt.
     */
    record LeaveToKernel(Value result) implements Instruction {
        /** The most bytes of a value that a program sees: PAGE_SIZE with 4 KiB pages. */
        public static final int SHOWN = 4096;

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.leaveToKernel(this);
        }
    }

    /** `result = *(width *)optval`, in the object's byte order; 0 if it passes `optval_end`. */
    record ReadOption(Value result, Width width) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.readOption(this);
        }
    }

    /** `result = *(width *)(frame + at)`, see {@link PacketFrame}; in host order with `swap`. */
    record ReadPacket(Value result, int at, Width width, Swap swap) implements Instruction {
        public ReadPacket {
            if (at < PacketFrame.BOTTOM || at % width.bytes() != 0 || swap.bits() > width.bits()) {
                throw new IllegalArgumentException("packet at %d, swap %s of %s".formatted(at, swap, width));
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.readPacket(this);
        }
    }

    /** Finds a source route before the packet is opened; also in {@link PacketFrame#ROUTED}. */
    record FindRoute(Value result) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.findRoute(this);
        }
    }

    /** At sock_create, stores a stamp unless there is one; `result` is 0 if the kernel cannot. */
    record StampSocket(Value result) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.stampSocket(this);
        }
    }

    /** `result` is the address of the socket's stamp or 0; also stored at {@link Stamp#ADDRESS}. */
    record LoadStamp(Value result) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.loadStamp(this);
        }
    }

    /** `result = *(u64 *)(r10 + Stamp.ADDRESS)`: the result of the earlier {@link LoadStamp}. */
    record FoundStamp(Value result) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.foundStamp(this);
        }
    }

    /** `result = *(width *)(stamp + part.offset)`. The stamp must be known to exist. */
    record ReadStamp(Value result, Stamp.Part part) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.readStamp(this);
        }
    }

    /** `result = be64 *(u64 *)(stamp + comm + offset)`, or narrower: see {@link ReadString}. */
    record ReadStampedName(Value result, int offset, Width width) implements Instruction {
        public ReadStampedName {
            if (offset < 0 || offset % width.bytes() != 0 || offset + width.bytes() > Stamp.COMM_BYTES) {
                throw new IllegalArgumentException("a word of a name lies within it, at a multiple of its size");
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.readStampedName(this);
        }
    }

    /** `result = op(operands)`: reads or changes state. */
    record CallState(Value result, StateOp op, List<Value> operands) implements Instruction {
        public CallState {
            operands = List.copyOf(operands);
            if (!op.operands().contains(operands.size())) {
                throw new IllegalArgumentException(op + " of " + operands);
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.callState(this);
        }
    }

    /** `result` is the class of the number in the table. */
    record LookUp(Value result, Value number, LookupTable table) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.lookUp(this);
        }
    }

    /** `result` is the address of a row of the table. `index` is less than the number of rows. */
    record RowOf(Value result, Value index, RuleRows table) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.rowOf(this);
        }
    }

    /** {@code result = left & right}, 64 bits. */
    record Both(Value result, Value left, Value right) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.both(this);
        }
    }

    /** {@code result = of & -of}: the lowest set bit of `of`. */
    record Lowest(Value result, Value of) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.lowest(this);
        }
    }

    /** `result` is 1 if the number is a point, else 0. The limit of {@link Differences} applies. */
    record OneOf(Value result, Value number, List<Long> points) implements Instruction {
        public OneOf {
            points = List.copyOf(points);
            if (points.isEmpty()) {
                throw new IllegalArgumentException("one of no numbers");
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.oneOf(this);
        }
    }

    /** `result` is the product of all `number ^ point`; they have fewer than 64 bits together. */
    record Differences(Value result, Value number, List<Long> points) implements Instruction {
        public Differences {
            points = List.copyOf(points);
            if (points.isEmpty()) {
                throw new IllegalArgumentException("differences from no numbers");
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.differences(this);
        }
    }

    /** `result` is 1 if the 32-bit number is in one of the disjoint ranges, else 0. */
    record InRanges(Value result, Value number, List<Range> ranges) implements Instruction {
        public InRanges {
            ranges = List.copyOf(ranges);
            if (ranges.isEmpty()) {
                throw new IllegalArgumentException("in no ranges");
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.inRanges(this);
        }
    }

    /** {@code result = mask >> index & 1}. The index must be less than 64. */
    record BitOf(Value result, long mask, Value index) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.bitOf(this);
        }
    }

    /** `result = of - by`, 64 bits. `by` fits the immediate of an instruction. */
    record Less(Value result, Value of, long by) implements Instruction {
        public Less {
            if (by <= 0 || by > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("less by " + by);
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.less(this);
        }
    }

    /** `result = value`. */
    record Constant(Value result, long value) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.constant(this);
        }
    }

    /** {@code result = of << by} or {@code result = of >> by}, 64 bits, logical. */
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

    /** `result` is the low 16, 31 or 32 bits of `of`; for 31, `of` has at most 32 bits. */
    record LowBits(Value result, Value of, int bits) implements Instruction {
        public LowBits {
            if (bits != 16 && bits != 31 && bits != 32) {
                throw new IllegalArgumentException("the low " + bits + " bits");
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.lowBits(this);
        }
    }

    /** {@code result = of & mask}, at most 32 bits. */
    record Masked(Value result, Value of, long mask) implements Instruction {
        public Masked {
            if (mask <= 0 || mask >>> 32 != 0) {
                throw new IllegalArgumentException("a mask of " + Long.toHexString(mask));
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.masked(this);
        }
    }

    /**
     * `result` is the low byte of `protocol` if `type` is {@link SocketType#RAW}, else all of it.
     */
    record WireProtocol(Value result, Value protocol, Value type) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.wireProtocol(this);
        }
    }

    /** `result` is the low 16 or 32 bits of `of`, converted from host to network order. */
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

    /** {@code result = high << by | low}, where `by` is 1 to 32. No bit is set in both operands. */
    record Join(Value result, Value high, Value low, int by) implements Instruction {
        public Join {
            if (by < 1 || by > 32) {
                throw new IllegalArgumentException("joined by " + by);
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.join(this);
        }
    }

    /** The direction of a {@link Shift}. */
    enum Direction {
        LEFT("<<"),
        RIGHT(">>");

        private final String symbol;

        Direction(String symbol) {
            this.symbol = symbol;
        }

        /** Returns the operator of the printed form. */
        public String symbol() {
            return symbol;
        }
    }

    /** Returns the value that the instruction defines. */
    Value result();

    /** Calls the visitor's method for this kind of instruction. */
    <R> R accept(Visitor<R> visitor);

    /** An operation on instructions of any kind. */
    interface Visitor<R> {
        R readContext(ReadContext instruction);

        R addressOf(AddressOf instruction);

        R readGlobal(ReadGlobal instruction);

        R callIdentity(CallIdentity instruction);

        R callString(CallString instruction);

        R readString(ReadString instruction);

        R walkString(WalkString instruction);

        R findString(FindString instruction);

        R findEnd(FindEnd instruction);

        R findByte(FindByte instruction);

        R endPlace(EndPlace instruction);

        R endShift(EndShift instruction);

        R readEnd(ReadEnd instruction);

        R leaveToKernel(LeaveToKernel instruction);

        R readOption(ReadOption instruction);

        R readPacket(ReadPacket instruction);

        R findRoute(FindRoute instruction);

        R stampSocket(StampSocket instruction);

        R loadStamp(LoadStamp instruction);

        R foundStamp(FoundStamp instruction);

        R readStamp(ReadStamp instruction);

        R readStampedName(ReadStampedName instruction);

        R callState(CallState instruction);

        R lookUp(LookUp instruction);

        R rowOf(RowOf instruction);

        R both(Both instruction);

        R lowest(Lowest instruction);

        R oneOf(OneOf instruction);

        R differences(Differences instruction);

        R inRanges(InRanges instruction);

        R bitOf(BitOf instruction);

        R less(Less instruction);

        R constant(Constant instruction);

        R shift(Shift instruction);

        R lowBits(LowBits instruction);

        R masked(Masked instruction);

        R wireProtocol(WireProtocol instruction);

        R networkOrder(NetworkOrder instruction);

        R join(Join instruction);
    }
}
