package org.ringwall.compiler.ir;

import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.table.LookupTable;
import org.ringwall.compiler.table.RuleRows;
import org.ringwall.compiler.table.StringHash;
import org.ringwall.compiler.table.StringTable;

/**
 * What makes one value. None but {@link LeaveToKernel}, {@link StampSocket} and those {@link CallState} that {@link StateOp#acts}
 * have an effect that another could see, so that each of the others may be left out where nobody uses it. No {@link CallState} may be
 * shared or moved: what it finds changes from one moment to the next.
 */
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

    /** `result = identity()`: who asks, or which socket. The answer is the same however often it is asked for in one run. */
    record CallIdentity(Value result, Identity identity) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.callIdentity(this);
        }
    }

    /**
     * `result = helper(…, string, size, …)` into the string buffer, the last `size` bytes of the stack: what the helper
     * returns, a negative errno as the unsigned number that it is. The string in the buffer ends with a NUL; what lies
     * behind that is the kernel's business.
     *
     * @param cleared the first so many bytes of the buffer hold zeros before: they may be read behind the NUL, too, or the helper wants them set
     */
    record CallString(Value result, StringSource source, int size, int cleared) implements Instruction {
        /** The stack of a program (MAX_BPF_STACK in include/linux/filter.h). */
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

    /** `result = be64 *(u64 *)(string + offset)`, or narrower: words compare as the strings do. */
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
     * Walks the string in the buffer through the table of a {@link StringTable}, from the row and the byte `from` on:
     * `result` is the row at its NUL; at the byte before the buffer's last it is that row too, with the table's
     * {@link StringTable#cutBit} if `length` says that the string was cut off.
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

    /** `result` is the class of what the string in the buffer begins with, of {@link StringHash#resultBits} bits. */
    record FindString(Value result, StringHash table, int size) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.findString(this);
        }
    }

    /**
     * `result` is the index of the string's NUL in the buffer, which is at `from` or behind it; it is sought there where no `length` says it. With a
     * length that says that the string was cut off it is more than every index. The `before` bytes below the buffer become zeros, and so does
     * what {@link ReadEnd} reads before the beginning.
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

    /** `result` is the index of the first byte of this value in the buffer at `from` or behind it; `size` if there is none. */
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

    /** `result = r10 + (end & -8)`: what the verifier knows of it is one number, on each way that {@link FindEnd} may take. */
    record EndPlace(Value result, Value end) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.endPlace(this);
        }
    }

    /** `result = (end & 7) * 8`: by how many bits the last bytes of the string lie beside words. */
    record EndShift(Value result, Value end) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.endShift(this);
        }
    }

    /**
     * `result` is 8 bytes of the string, `back` bytes before its end, of which the last one is the highest; or the last 1 to 4 of them. The
     * operands are those of {@link EndPlace} and {@link EndShift}.
     */
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
     * The first thing at getsockopt and setsockopt, also of an inert program: `ctx.optlen = 0`, so that the kernel alone handles the
     * caller's buffer, where the value is longer than the program sees (the call would fail with EFAULT) and where getsockopt has
     * failed (5.10 would zero the buffer): `__cgroup_bpf_run_filter_getsockopt` and `_setsockopt` in kernel/bpf/cgroup.c. A negative
     * length, by which another program takes the call over, stays. `result` is the length that guards see: what is left in
     * `ctx.optlen`; at setsockopt 4096 for a longer value.
     */
    record LeaveToKernel(Value result) implements Instruction {
        /** What a program sees of a value at most: PAGE_SIZE on every machine with pages of 4 KiB, less than it on others. */
        public static final int SHOWN = 4096;

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.leaveToKernel(this);
        }
    }

    /** `result = *(width *)optval` in the object's byte order, or 0 where `optval_end` is sooner, which the verifier wants compared. */
    record ReadOption(Value result, Width width) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.readOption(this);
        }
    }

    /** `result = *(width *)(place)` of an opened packet, where {@link PacketFrame} has the place, with `swap` to host order. */
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

    /** Finds a source route before the packet is opened: {@link PacketFrame#ROUTED} and `result` are what is known of it. */
    record FindRoute(Value result) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.findRoute(this);
        }
    }

    /** Stamps the socket with who makes it, at sock_create; one that has a stamp keeps it. `result` is 0 where the kernel had no room. */
    record StampSocket(Value result) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.stampSocket(this);
        }
    }

    /** Finds the socket's stamp: `result` is its address, which stays in the frame at {@link Stamp#ADDRESS}, or 0 without a stamp. */
    record LoadStamp(Value result) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.loadStamp(this);
        }
    }

    /** `result = *(u64 *)(r10 + Stamp.ADDRESS)`: what {@link LoadStamp} has found. */
    record FoundStamp(Value result) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.foundStamp(this);
        }
    }

    /** `result = *(width *)(stamp + part.offset)`, where it is known that there is a stamp. */
    record ReadStamp(Value result, Stamp.Part part) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.readStamp(this);
        }
    }

    /** `result = be64 *(u64 *)(stamp + comm + offset)`, or narrower: a word of the name as {@link ReadString} gives it. */
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

    /** `result = op(operands)`: state is asked or changed. */
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

    /** `result` is the class that the table has for the number. */
    record LookUp(Value result, Value number, LookupTable table) implements Instruction {
        /** The same in a table that takes the number in network order, as it lies; empty where there is none of that kind. */
        public Optional<LookUp> ofStored() {
            return table.forStored().map(stored -> new LookUp(result, number, stored));
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.lookUp(this);
        }
    }

    /** `result` is the address of a row of the table, whose index is below the number of rows. */
    record RowOf(Value result, Value index, RuleRows table) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.rowOf(this);
        }
    }

    /** `result = left & right`, 64 bits. */
    record Both(Value result, Value left, Value right) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.both(this);
        }
    }

    /** `result` is the lowest bit of `of` that is set, alone: `of & -of`. */
    record Lowest(Value result, Value of) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.lowest(this);
        }
    }

    /** `result` is 1 if the number is one of these, else 0. The factors of their product have fewer than 64 bits together. */
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

    /** `result` is the product of each `number ^ other`, and so 0 for one of these alone: the factors have fewer than 64 bits together. */
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

    /** `result` is 1 if the number, of 32 bits, lies in one of these ranges, which have no number in common, else 0. */
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

    /** `result = mask >> index & 1`; the index is below 64. */
    record BitOf(Value result, long mask, Value index) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.bitOf(this);
        }
    }

    /** `result = of - by`, 64 bits; `by` fits an instruction. */
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

    /** `result` is the low 16, 31 or 32 bits of `of`; 31 of a number that has 32. */
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

    /** `result` is those bits of `of` that are set in the mask too; 32 bits at most. */
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

    /** `result` is the low byte of `protocol` where `type` is {@link SocketType#RAW}, else all of it. */
    record WireProtocol(Value result, Value protocol, Value type) implements Instruction {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.wireProtocol(this);
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

    /** `result = high << by | low`, with `by` up to 32; no bit is set in both. */
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
