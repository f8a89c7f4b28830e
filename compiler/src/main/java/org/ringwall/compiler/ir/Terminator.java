// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.SettableOption;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.Comparison;

/** The instruction that ends a block. */
public sealed interface Terminator {
    /**
     * Jumps to `yes` if `left op right`, else to `no`. The comparison is unsigned, over 64 bits or,
     * with W, over the low 32 bits of both sides.
     */
    record Branch(Comparison op, Width width, Value left, Right right, BlockId yes, BlockId no) implements Terminator {
        public Branch {
            if (width != Width.W && width != Width.DW) {
                throw new IllegalArgumentException("a branch compares 32 or 64 bits");
            }
            if (yes.equals(no)) {
                throw new IllegalArgumentException("a branch has two ways");
            }
        }

        /** Whether a jump of this width can encode the number as its immediate. */
        public static boolean holds(Width width, long number) {
            return width == Width.W ? number >>> 32 == 0 : number == (int) number;
        }

        @Override
        public Terminator rename(UnaryOperator<Value> values, UnaryOperator<BlockId> blocks) {
            return new Branch(op, width, values.apply(left), right.rename(values), blocks.apply(yes), blocks.apply(no));
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.branch(this);
        }
    }

    /** Jumps to the first case whose `high` is at least the value, unsigned. */
    record Switch(Value value, List<Case> cases) implements Terminator {
        public Switch {
            cases = List.copyOf(cases);
            if (cases.size() < 2) {
                throw new IllegalArgumentException("a switch has at least two ways");
            }
            for (int i = 1; i < cases.size(); i++) {
                if (Long.compareUnsigned(cases.get(i - 1).high, cases.get(i).high) >= 0) {
                    throw new IllegalArgumentException("the cases of a switch ascend");
                }
            }
        }

        @Override
        public Terminator rename(UnaryOperator<Value> values, UnaryOperator<BlockId> blocks) {
            return new Switch(
                    values.apply(value),
                    cases.stream()
                            .map(way -> new Case(way.high, blocks.apply(way.target)))
                            .toList());
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.choose(this);
        }
    }

    /** Jumps to a later block. */
    record Goto(BlockId target) implements Terminator {
        @Override
        public Terminator rename(UnaryOperator<Value> values, UnaryOperator<BlockId> blocks) {
            return new Goto(blocks.apply(target));
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.goOn(this);
        }
    }

    /**
     * Parses the packet's headers and branches on the outcome. Most packets are plain: the headers
     * are in the linear part of the skb, an IPv4 header has no options, no extension header follows
     * an IPv6 header, and the packet is neither a fragment nor truncated. For plain packets, all of
     * {@link PacketFrame} that may be read is reached through registers. Every other packet is
     * decoded into the frame. If it turns out to be ordinary, it joins the path of plain packets;
     * otherwise all fields up to the depth can be read. No value defined before is live afterwards.
     *
     * @param depth how far the packet is parsed
     * @param fragments whether the policy tests fragments
     * @param filled whether the words of the frame are also valid for plain packets
     * @param four the target of plain IPv4 packets; empty if all IPv4 packets go to `none`
     * @param six the target of plain IPv6 packets; empty if all IPv6 packets go to `none`
     * @param other the target of packets that are not ordinary: fragments, if they are tested;
     *     later fragments, if fields that they lack are tested; and packets that cannot be parsed
     *     completely. Empty if the depth has no such packets
     * @param none the target of packets without a header, of which no field may be read; empty if
     *     they go to `other`
     */
    record OpenPacket(
            PacketDepth depth,
            boolean fragments,
            boolean filled,
            Optional<BlockId> four,
            Optional<BlockId> six,
            Optional<BlockId> other,
            Optional<BlockId> none)
            implements Terminator {
        public OpenPacket {
            if (none.isEmpty() && (four.isEmpty() || six.isEmpty() || other.isEmpty())) {
                throw new IllegalArgumentException("a packet without a header has nowhere to go");
            }
            boolean partly = depth == PacketDepth.PROTOCOL ? six.isPresent() : depth != PacketDepth.HEADER;
            if (other.isEmpty() && (fragments || partly)) {
                throw new IllegalArgumentException("a packet that cannot be read to its end has nowhere to go");
            }
        }

        @Override
        public Terminator rename(UnaryOperator<Value> values, UnaryOperator<BlockId> blocks) {
            return new OpenPacket(
                    depth, fragments, filled, four.map(blocks), six.map(blocks), other.map(blocks), none.map(blocks));
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.openPacket(this);
        }
    }

    /** Performs the writes in this order and returns the kernel's number for the verdict. */
    record Return(Verdict verdict, List<Write> writes) implements Terminator {
        public Return {
            writes = List.copyOf(writes);
            boolean numbered = false;
            for (Write write : writes) {
                if (write instanceof WriteContext && numbered && write.uses().isPresent()) {
                    throw new IllegalArgumentException(
                            "values are written before numbers, which pass through a register");
                }
                numbered |= write instanceof WriteContext && write.uses().isEmpty();
            }
        }

        /** Creates a return without writes. */
        public Return(Verdict verdict) {
            this(verdict, List.of());
        }

        @Override
        public Terminator rename(UnaryOperator<Value> values, UnaryOperator<BlockId> blocks) {
            return new Return(
                    verdict, writes.stream().map(write -> write.rename(values)).toList());
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.end(this);
        }
    }

    /** A change that the program makes to the request or its result. */
    sealed interface Write {
        /** Returns the value that the write reads; empty if it writes a constant. */
        default Optional<Value> uses() {
            return right().filter(Right.OfValue.class::isInstance).map(of -> ((Right.OfValue) of).value());
        }

        /** Returns the number that is written; empty if the write is of anything else. */
        default Optional<Right> right() {
            return Optional.empty();
        }

        /** Returns the same write with other names for values. */
        default Write rename(UnaryOperator<Value> values) {
            return this;
        }
    }

    /**
     * Ends the program with a value of 0 or 1, without a branch: allows if it equals `allowing`,
     * else denies with EPERM.
     */
    record Decide(Value bit, int allowing) implements Terminator {
        public Decide {
            if (allowing != 0 && allowing != 1) {
                throw new IllegalArgumentException("one bit is 0 or 1, not " + allowing);
            }
        }

        @Override
        public Terminator rename(UnaryOperator<Value> values, UnaryOperator<BlockId> blocks) {
            return new Decide(values.apply(bit), allowing);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.decide(this);
        }
    }

    /**
     * `*(width *)(ctx + field.offset + offset) = value`. With `swap`, the low bits of a constant
     * are stored in network order. The kernel stores the low 16 bits of a port field's 32
     * (sock_addr_convert_ctx_access in net/core/filter.c).
     */
    record WriteContext(ContextField field, int offset, Width width, Swap swap, Right value) implements Write {
        public WriteContext {
            boolean swapped = swap != Swap.NONE;
            if (offset < 0 || swapped && value instanceof Right.OfValue || swap.bits() > width.bits()) {
                throw new IllegalArgumentException("offset %d, swap %s of %s".formatted(offset, swap, value));
            }
        }

        @Override
        public Optional<Right> right() {
            return Optional.of(value);
        }

        @Override
        public Write rename(UnaryOperator<Value> values) {
            return new WriteContext(field, offset, width, swap, value.rename(values));
        }
    }

    /**
     * Replaces the `sun_path` of the address, which ends with these bytes, by
     * {@link org.ringwall.bpf.kernel.Kfunc}. If the kernel rejects them and the hook can deny, the
     * program denies: otherwise the caller would reach the address that the policy redirects from.
     */
    record WritePath(ByteString sunPath) implements Write {
        /** UNIX_PATH_MAX of include/uapi/linux/un.h. */
        public static final int MOST_BYTES = 108;

        public WritePath {
            if (sunPath.size() == 0 || sunPath.size() > MOST_BYTES) {
                throw new IllegalArgumentException("a sun_path of " + sunPath.size() + " bytes");
            }
        }
    }

    /**
     * Replaces the bytes that are written to a sysctl, from the start of its file, by
     * `bpf_sysctl_set_new_value`. They are padded with newlines to the length of the caller's data,
     * up to {@link #MOST_BYTES}, so that none of the caller's own bytes are written. Reads and
     * writes of 0 bytes are left alone.
     */
    record WriteSysctl(ByteString value) implements Write {
        /** The maximum number of the caller's bytes that are known. */
        public static final int MOST_BYTES = 255;

        public WriteSysctl {
            if (value.size() == 0 || value.size() > MOST_BYTES) {
                throw new IllegalArgumentException("a sysctl's value of " + value.size() + " bytes");
            }
        }
    }

    /**
     * Sets a socket option by `bpf_setsockopt` to the low 32 bits. If the kernel rejects the value,
     * the option is unchanged.
     */
    record WriteOption(SettableOption option, Right value) implements Write {
        @Override
        public Optional<Right> right() {
            return Optional.of(value);
        }

        @Override
        public Write rename(UnaryOperator<Value> values) {
            return new WriteOption(option, value.rename(values));
        }
    }

    /** Sets a socket option by `bpf_setsockopt` to a NUL-terminated name. */
    record WriteOptionName(SettableOption option, ByteString name) implements Write {
        public WriteOptionName {
            if (name.size() == 0 || name.size() > option.mostBytes()) {
                throw new IllegalArgumentException(option + " is set to " + name);
            }
        }
    }

    /**
     * Stores the low 32 bits as the first 4 bytes of the option's value, in the byte order of the
     * object, or the low 8 bits as its first byte if it has 1 to 3. Writes nothing if guards see no
     * `optval`. The kernel then takes the value from the program's buffer: of a value longer than
     * {@link Intrinsic#SHOWN} only that many bytes.
     */
    record WriteOptval(Right value) implements Write {
        @Override
        public Optional<Right> right() {
            return Optional.of(value);
        }

        @Override
        public Write rename(UnaryOperator<Value> values) {
            return new WriteOptval(value.rename(values));
        }
    }

    /**
     * Sets the length of the value that getsockopt returns, 1..4096. Writes nothing if the kernel
     * returned no more bytes, if the caller's buffer is too small, or if the call fails. It
     * precedes a {@link WriteOptval} and follows the write of `ctx.retval`.
     */
    record WriteOptlen(Right value) implements Write {
        @Override
        public Optional<Right> right() {
            return Optional.of(value);
        }

        @Override
        public Write rename(UnaryOperator<Value> values) {
            return new WriteOptlen(value.rename(values));
        }
    }

    /**
     * `ctx.retval = 0` at getsockopt, unless it is an errno of {@link Errno#isRefusal}, which an
     * earlier program's denial has set.
     */
    record WriteSuccess() implements Write {}

    /**
     * `ctx.retval = -errno` at getsockopt: a denial. Otherwise the kernel keeps its own error if it
     * has failed the call, and later programs see only that error (bpf_prog_run_array_cg).
     */
    record WriteErrno(Errno errno) implements Write {}

    /** A case of a {@link Switch}: the numbers after the previous case up to `high`, inclusive. */
    record Case(long high, BlockId target) {}

    /** The right operand of a {@link Branch}, or the source of a write. */
    sealed interface Right {
        /** Returns the same operand with other names for values. */
        default Right rename(UnaryOperator<Value> values) {
            return this instanceof OfValue of ? new OfValue(values.apply(of.value())) : this;
        }

        /** A value. */
        record OfValue(Value value) implements Right {
            @Override
            public String toString() {
                return value.toString();
            }
        }

        /** A constant. */
        record OfNumber(long number) implements Right {
            @Override
            public String toString() {
                return "0x" + Long.toHexString(number);
            }
        }
    }

    /** Returns the possible targets, each once, in the order of the printed form. */
    default List<BlockId> targets() {
        if (this instanceof Branch branch) {
            return List.of(branch.yes(), branch.no());
        } else if (this instanceof Goto on) {
            return List.of(on.target());
        } else if (this instanceof OpenPacket open) {
            return Stream.of(open.four(), open.six(), open.other(), open.none())
                    .flatMap(Optional::stream)
                    .distinct()
                    .toList();
        }
        return this instanceof Switch choice
                ? choice.cases().stream().map(Case::target).distinct().toList()
                : List.of();
    }

    /** Returns the values that are read. */
    default List<Value> operands() {
        if (this instanceof Branch branch) {
            return branch.right() instanceof Right.OfValue right
                    ? List.of(branch.left(), right.value())
                    : List.of(branch.left());
        } else if (this instanceof Switch choice) {
            return List.of(choice.value());
        } else if (this instanceof Decide decide) {
            return List.of(decide.bit());
        }
        return this instanceof Return end
                ? end.writes().stream().flatMap(write -> write.uses().stream()).toList()
                : List.of();
    }

    /**
     * Whether the terminator only tests its operands for equality with constants, which works in
     * either byte order.
     */
    default boolean testsEquality() {
        return this instanceof Branch branch
                && branch.right() instanceof Right.OfNumber
                && branch.op().isEquality();
    }

    /** Returns the same terminator with other names for values and blocks. */
    Terminator rename(UnaryOperator<Value> values, UnaryOperator<BlockId> blocks);

    /** Returns the same terminator with other targets. */
    default Terminator mapTargets(UnaryOperator<BlockId> blocks) {
        return rename(UnaryOperator.identity(), blocks);
    }

    /** Calls the visitor's method for this kind of terminator. */
    <R> R accept(Visitor<R> visitor);

    /** An operation on terminators of any kind. */
    interface Visitor<R> {
        R branch(Branch end);

        R choose(Switch end);

        R goOn(Goto end);

        R openPacket(OpenPacket end);

        R decide(Decide end);

        R end(Return end);
    }
}
