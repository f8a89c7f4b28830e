package org.ringwall.compiler.ir;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.SettableOption;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.Comparison;

/** How a block ends. */
public sealed interface Terminator {
    /** Goes to `yes` if `left op right`, else to `no`; unsigned, all 64 bits or, with W, the low 32 of both sides. */
    record Branch(Comparison op, Width width, Value left, Right right, BlockId yes, BlockId no) implements Terminator {
        public Branch {
            if (width != Width.W && width != Width.DW) {
                throw new IllegalArgumentException("a branch compares 32 or 64 bits");
            }
            if (yes.equals(no)) {
                throw new IllegalArgumentException("a branch has two ways");
            }
        }

        /** Whether a jump of this width can hold the number. */
        public static boolean holds(Width width, long number) {
            return width == Width.W ? number >>> 32 == 0 : number == (int) number;
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.branch(this);
        }
    }

    /** Goes to the first case whose `high` is no smaller than the value, unsigned. */
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
        public <R> R accept(Visitor<R> visitor) {
            return visitor.choose(this);
        }
    }

    /** Goes on in a later block. */
    record Goto(BlockId target) implements Terminator {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.goOn(this);
        }
    }

    /**
     * Reads the packet's headers, and goes on by what they are. Most packets are plain: their headers lie in the linear part
     * of the skb, a v4 header has no options, no extension header follows a v6 one, the packet is no fragment, and nothing is
     * cut off; all of {@link PacketFrame} that may be asked about them is where registers say. Every other packet is
     * decoded into the frame. Where it turns out to be a whole packet it goes where plain ones go; others may be asked about all
     * that the depth has. Nothing that was made before lives on.
     *
     * @param depth how far it is read
     * @param fragments whether something is asked about fragments
     * @param told whether the words of the frame are there for plain packets too
     * @param four where plain v4 packets go; nothing where all v4 packets go to `none`
     * @param six where plain v6 packets go; nothing where all v6 packets go to `none`
     * @param other where packets go that are not what plain ones are: fragments, where something is asked about those, later
     *     fragments where something is asked about what they lack, and those of which something cannot be read; nothing where the
     *     depth has no such packets
     * @param none where packets without a header go, of which nothing may be asked; nothing where they go to `other`
     */
    record OpenPacket(
            PacketDepth depth,
            boolean fragments,
            boolean told,
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
        public <R> R accept(Visitor<R> visitor) {
            return visitor.openPacket(this);
        }
    }

    /** Writes, in this order, and ends the program with what the kernel makes this verdict of. */
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

        /** An end that writes nothing. */
        public Return(Verdict verdict) {
            this(verdict, List.of());
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.end(this);
        }
    }

    /** What the kernel goes on with instead of what the request says. */
    sealed interface Write {
        /** The value that it reads; empty where it writes what the code holds. */
        default Optional<Value> uses() {
            Optional<Right> right = this instanceof WriteContext field
                    ? Optional.of(field.value())
                    : this instanceof WriteOption option
                            ? Optional.of(option.value())
                            : this instanceof WriteOptval optval ? Optional.of(optval.value()) : Optional.empty();
            if (this instanceof WriteOptlen optlen) {
                right = Optional.of(optlen.value());
            }
            return right.filter(Right.OfValue.class::isInstance).map(of -> ((Right.OfValue) of).value());
        }
    }

    /**
     * Ends the program with a value that is 0 or 1: allows where it is `allowing`, denies with EPERM where it is not. No
     * branch is left for the processor to guess.
     */
    record Decide(Value bit, int allowing) implements Terminator {
        public Decide {
            if (allowing != 0 && allowing != 1) {
                throw new IllegalArgumentException("one bit is 0 or 1, not " + allowing);
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.decide(this);
        }
    }

    /**
     * `*(width *)(ctx + field.offset + offset) = value`; `swap` says of a number that its low bits are stored in network
     * order. The kernel stores the low 16 bits of a port's 32 (sock_addr_convert_ctx_access in net/core/filter.c).
     */
    record WriteContext(ContextField field, int offset, Width width, Instruction.Swap swap, Right value)
            implements Write {
        public WriteContext {
            boolean swapped = swap != Instruction.Swap.NONE;
            if (offset < 0 || swapped && value instanceof Right.OfValue || swap.bits() > width.bits()) {
                throw new IllegalArgumentException("offset %d, swap %s of %s".formatted(offset, swap, value));
            }
        }
    }

    /**
     * These bytes as `sun_path` of the address, which ends with them, by {@link org.ringwall.bpf.kernel.Kfunc}. Where the
     * kernel does not take them and the hook can deny, the program denies: the caller would reach what the policy leads
     * away from.
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
     * These bytes as what a write to a sysctl writes, from the start of its file, by `bpf_sysctl_set_new_value`; filled up with newlines to
     * as many as the caller gave, so that none of the caller's own are left to write, as far as {@link #MOST_BYTES}. A read is left
     * alone, and so is a write of nothing.
     */
    record WriteSysctl(ByteString value) implements Write {
        /** As many as are known of what the caller gave. */
        public static final int MOST_BYTES = 255;

        public WriteSysctl {
            if (value.size() == 0 || value.size() > MOST_BYTES) {
                throw new IllegalArgumentException("a sysctl's value of " + value.size() + " bytes");
            }
        }
    }

    /** Sets an option of the socket by `bpf_setsockopt` to the low 32 bits; a kernel that does not take it leaves it as it was. */
    record WriteOption(SettableOption option, Right value) implements Write {}

    /** The same with a name, behind which a NUL is put. */
    record WriteOptionName(SettableOption option, ByteString name) implements Write {
        public WriteOptionName {
            if (name.size() == 0 || name.size() > option.mostBytes()) {
                throw new IllegalArgumentException(option + " is set to " + name);
            }
        }
    }

    /**
     * The low 32 bits as the first 4 bytes of the option's value, in the object's own byte order, or the low 8 bits as its first byte where
     * it has 1 to 3; nothing where guards see no `optval`. The kernel takes the value from the program's buffer then: of a
     * longer one than {@link Instruction.LeaveToKernel#SHOWN} that many bytes.
     */
    record WriteOptval(Right value) implements Write {}

    /**
     * As many bytes of the option's value as what getsockopt answers, 1..4096: nothing where the kernel has answered no more, where the
     * caller's buffer has no room for it, and where the call fails. It comes before a {@link WriteOptval}, and `ctx.retval` before it.
     */
    record WriteOptlen(Right value) implements Write {}

    /** `ctx.retval = 0` at getsockopt, unless it is an errno of {@link Errno#isRefusal}: a program before has denied then. */
    record WriteSuccess() implements Write {}

    /**
     * `ctx.retval = -errno` at getsockopt: a denial. The kernel keeps its own error where it has failed the call, and a program
     * that runs later would see that one alone (bpf_prog_run_array_cg).
     */
    record WriteErrno(Errno errno) implements Write {}

    /** One way of a {@link Switch}: the numbers after the case before it up to `high`, included. */
    record Case(long high, BlockId target) {}

    /** The right side of a {@link Branch}, and what a {@link WriteContext} writes. */
    sealed interface Right {
        /** A value. */
        record OfValue(Value value) implements Right {
            @Override
            public String toString() {
                return value.toString();
            }
        }

        /** A number that the code holds. */
        record OfNumber(long number) implements Right {
            @Override
            public String toString() {
                return "0x" + Long.toHexString(number);
            }
        }
    }

    /** Where it can go, each block once, in the order of the printed form. */
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

    /** Calls the visitor's method for this kind. */
    <R> R accept(Visitor<R> visitor);

    /** What another class does with an end. */
    interface Visitor<R> {
        R branch(Branch end);

        R choose(Switch end);

        R goOn(Goto end);

        R openPacket(OpenPacket end);

        R decide(Decide end);

        R end(Return end);
    }
}
