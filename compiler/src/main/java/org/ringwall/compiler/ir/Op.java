// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ByteOrderKind;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.compiler.tables.DataTable;

/**
 * What an {@link Instruction} computes from its operands. {@link NumberOp}s compute numbers,
 * {@link StringOp}s read strings, {@link StateOp}s read or change state, and {@link Intrinsic}s are
 * sequences of code without parameters.
 */
public sealed interface Op
        permits Op.Load,
                Op.AddressOf,
                Op.Constant,
                Op.CallIdentity,
                Op.ReadOption,
                NumberOp,
                StringOp,
                StateOp,
                Intrinsic {
    /** Returns the possible numbers of operands. */
    default List<Integer> operands() {
        return List.of(0);
    }

    /** Returns how many low bits of the result can be set, given the same of each operand. */
    int bits(List<Integer> operands);

    /** Returns the printed form with these operands. */
    String text(List<Value> operands);

    /**
     * Whether the operation has an effect besides its result. Any other can be removed if its
     * result is not used.
     */
    default boolean acts() {
        return false;
    }

    /**
     * Whether the result depends on the operands alone and two operations can be compared quickly.
     */
    default boolean computes() {
        return false;
    }

    /**
     * Whether the operation only tests its operands for equality with constants, which works in
     * either byte order.
     */
    default boolean testsEquality() {
        return false;
    }

    /** Returns the table that the operation reads; empty if it reads none. */
    default Optional<DataTable> readTable() {
        return Optional.empty();
    }

    /** Calls the visitor's method for this kind of operation, with the instruction that has it. */
    <R> R accept(Visitor<R> visitor, Instruction in);

    /** A memory that a {@link Load} reads. */
    sealed interface Space {
        /** A field of the context; offsets count from its start. */
        record Context(ContextField field) implements Space {}

        /** A memory without fields. */
        enum Memory implements Space {
            /** The global variable whose address is the operand. */
            GLOBAL,
            /** The string buffer, the last bytes of the stack; offsets are from r10. */
            STRING,
            /** The packet; offsets are those of {@link PacketFrame}. */
            PACKET,
            /** The socket's stamp, which must have been found to exist; offsets are those in it. */
            STAMP,
            /** The program's stack; offsets are from r10. */
            FRAME
        }
    }

    /**
     * `result = *(width *)(space + at)`, converted to host order by `swap`.
     *
     * @param bits how many low bits of the result can be set
     */
    record Load(Space space, int at, Width width, Swap swap, int bits) implements Op {
        public Load {
            boolean negative =
                    space == Space.Memory.STRING || space == Space.Memory.PACKET || space == Space.Memory.FRAME;
            boolean aligned = space instanceof Space.Context || at % width.bytes() == 0;
            if (at < 0 != negative || !aligned || swap.bits() > width.bits() || bits < 1 || bits > Long.SIZE) {
                throw new IllegalArgumentException("%s at %d, swap %s of %s".formatted(space, at, swap, width));
            }
        }

        private Load(Space space, int at, Width width, Swap swap) {
            this(space, at, width, swap, swap == Swap.NONE ? width.bits() : swap.bits());
        }

        /** Returns a load at an offset within a field of the context. */
        public static Load context(ContextField field, int offset, Width width, Swap swap) {
            return new Load(new Space.Context(field), offset, width, swap);
        }

        /** Returns a load of a global variable, whose address is the operand. */
        public static Load global(int at, Width width) {
            return new Load(Space.Memory.GLOBAL, at, width, Swap.NONE);
        }

        /**
         * Returns a load of a word of the string in the last `size` bytes of the stack. The number
         * compares as the strings do.
         */
        public static Load string(int size, int offset, Width width) {
            return new Load(Space.Memory.STRING, offset - size, width, Swap.of(width));
        }

        /** Returns a load of a packet at an offset of {@link PacketFrame}. */
        public static Load packet(int at, Width width, Swap swap) {
            return new Load(Space.Memory.PACKET, at, width, swap);
        }

        /** Returns a load of a number in a stamp. */
        public static Load stamp(Stamp.Part part) {
            return new Load(Space.Memory.STAMP, part.offset(), part.width(), Swap.NONE);
        }

        /** Returns a load of a word of the name in a stamp. The number compares as the names do. */
        public static Load stampedName(int offset, Width width) {
            if (offset < 0 || offset + width.bytes() > Stamp.COMM_BYTES) {
                throw new IllegalArgumentException("a word of a name at " + offset);
            }
            int at = Stamp.part("comm").offset() + offset;
            return new Load(Space.Memory.STAMP, at, width, Swap.of(width));
        }

        /** Returns a load of the program's stack, at an offset from r10. */
        public static Load frame(int at, Width width) {
            return new Load(Space.Memory.FRAME, at, width, Swap.NONE);
        }

        /** Returns this load with a bound for its result: only the low `most` bits can be set. */
        public Load within(int most) {
            return new Load(space, at, width, swap, most);
        }

        /** Returns this load at another offset, with other bytes of the same memory. */
        public Load part(int offset, Width narrower, Swap order) {
            return new Load(space, at + offset, narrower, order);
        }

        /** Whether the load reads this memory. */
        public boolean reads(Space.Memory memory) {
            return space == memory;
        }

        /** Returns the register through which a part of a packet is read; empty for any other. */
        public Optional<PacketFrame.Base> packetBase() {
            return reads(Space.Memory.PACKET) ? PacketFrame.base(at) : Optional.empty();
        }

        /** Returns the field of the context that is read; empty in any other memory. */
        public Optional<ContextField> field() {
            return space instanceof Space.Context context ? Optional.of(context.field()) : Optional.empty();
        }

        /**
         * Whether the bytes that are swapped are all that the load reads but zeros. In a field of
         * 16 bits in network order and two zero bytes the kernel has loaded the 16 bits alone since
         * 5.8 (sock_addr_convert_ctx_access in net/core/filter.c).
         */
        public boolean swapsAll() {
            boolean padded = field().filter(read -> read.order() == ByteOrderKind.NETWORK_16_IN_32)
                    .isPresent();
            return swap != Swap.NONE && (swap.bits() == width.bits() || padded && swap == Swap.BE16);
        }

        @Override
        public List<Integer> operands() {
            return List.of(reads(Space.Memory.GLOBAL) ? 1 : 0);
        }

        @Override
        public int bits(List<Integer> operands) {
            return bits;
        }

        @Override
        public String text(List<Value> operands) {
            String order = swap == Swap.NONE ? "" : "be" + swap.bits() + " ";
            boolean usual = bits == new Load(space, at, width, swap).bits;
            return order + "u" + width.bits() + " " + place(operands) + (usual ? "" : " within " + bits);
        }

        private String place(List<Value> operands) {
            if (space instanceof Space.Context context) {
                return "ctx." + context.field().name() + (at == 0 ? "" : "+" + at);
            }
            return switch ((Space.Memory) space) {
                case GLOBAL -> "[" + operands.get(0) + "+" + at + "]";
                case STRING -> "string" + at;
                case PACKET -> "packet" + at;
                case STAMP -> "stamp." + Stamp.place(at);
                case FRAME -> "frame" + at;
            };
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.load(this, in);
        }
    }

    /** {@code result = &symbol}, the address of a global variable. */
    record AddressOf(String symbol) implements Op {
        @Override
        public int bits(List<Integer> operands) {
            return Long.SIZE;
        }

        @Override
        public String text(List<Value> operands) {
            return "&" + symbol;
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.addressOf(this, in);
        }
    }

    /** `result = value`. */
    record Constant(long value) implements Op {
        @Override
        public int bits(List<Integer> operands) {
            return Math.max(1, Long.SIZE - Long.numberOfLeadingZeros(value));
        }

        @Override
        public boolean computes() {
            return true;
        }

        @Override
        public String text(List<Value> operands) {
            return NumberOp.hex(value);
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.constant(this, in);
        }
    }

    /** `result = identity()`: the task or the socket. All calls of a run return the same value. */
    record CallIdentity(Identity identity) implements Op {
        @Override
        public int bits(List<Integer> operands) {
            return Long.SIZE;
        }

        @Override
        public String text(List<Value> operands) {
            return identity.toString();
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.callIdentity(this, in);
        }
    }

    /** `result = *(width *)optval`, in the object's byte order; 0 if it passes `optval_end`. */
    record ReadOption(Width width) implements Op {
        @Override
        public int bits(List<Integer> operands) {
            return Integer.SIZE;
        }

        @Override
        public String text(List<Value> operands) {
            return "option " + width.bits();
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.readOption(this, in);
        }
    }

    /** A function of operations of any kind and the instructions that have them. */
    interface Visitor<R> {
        R load(Load op, Instruction in);

        R addressOf(AddressOf op, Instruction in);

        R constant(Constant op, Instruction in);

        R callIdentity(CallIdentity op, Instruction in);

        R readOption(ReadOption op, Instruction in);

        R alu(NumberOp.Alu op, Instruction in);

        R join(NumberOp.Join op, Instruction in);

        R lowest(NumberOp.Lowest op, Instruction in);

        R networkOrder(NumberOp.NetworkOrder op, Instruction in);

        R wireProtocol(NumberOp.WireProtocol op, Instruction in);

        R product(NumberOp.Product op, Instruction in);

        R inRanges(NumberOp.InRanges op, Instruction in);

        R bitOf(NumberOp.BitOf op, Instruction in);

        R lookUp(NumberOp.LookUp op, Instruction in);

        R rowOf(NumberOp.RowOf op, Instruction in);

        R callString(StringOp.CallString op, Instruction in);

        R matchGlobs(StringOp.MatchGlobs op, Instruction in);

        R walkString(StringOp.WalkString op, Instruction in);

        R findString(StringOp.FindString op, Instruction in);

        R findEnd(StringOp.FindEnd op, Instruction in);

        R findByte(StringOp.FindByte op, Instruction in);

        R endPlace(StringOp.EndPlace op, Instruction in);

        R readEnd(StringOp.ReadEnd op, Instruction in);

        R state(StateOp op, Instruction in);

        R intrinsic(Intrinsic op, Instruction in);
    }
}
