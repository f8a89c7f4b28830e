package org.ringwall.compiler.ir;

import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SettableOption;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.bpf.state.EventKind;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.bpf.state.RateLayout;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.bpf.state.TableLayout;
import org.ringwall.compiler.value.ByteString;

/**
 * What a program does with state: it asks maps, changes them, and builds keys and records. The printed form of each is one line, a word and
 * what follows it, which {@link StateOpReader} reads.
 */
public sealed interface StateOp {
    /**
     * Whether this generation is the newest (bit 0), and whether the instance is in monitor mode now (bit 1); also at
     * {@link StateFrame#STANDING}.
     */
    record Standing() implements StateOp {
        /** The newest, and not monitored: tokens are taken, and what is decided is done. */
        public static final int ACTS = 1;

        @Override
        public String toString() {
            return "standing";
        }
    }

    /**
     * At bind, post_bind and connect: 1 if it is known who is meant by the caller, else 0. It is the calling task, unless that is a kernel
     * worker; then it is who made the MPTCP socket of which this one is a subflow, and from here on {@link Instruction.CallIdentity} and
     * its like read that socket's stamp.
     */
    record Caller() implements StateOp {
        @Override
        public String toString() {
            return "caller";
        }
    }

    /** Leaves at {@link StateFrame#SEGMENTS} and {@link StateFrame#SEGMENT_BYTES} what the packet counts as; no answer. */
    record Segments() implements StateOp {
        @Override
        public String toString() {
            return "segments";
        }
    }

    /** The time, CLOCK_BOOTTIME in ns. */
    record Now() implements StateOp {
        @Override
        public String toString() {
            return "now";
        }
    }

    /**
     * At sendmsg4, of a socket of AF_INET6: 1 if it is a UDP socket that is connected to the request's destination, else 0. The kernel
     * then asks about a send that the caller gave no destination (`udpv6_sendmsg`).
     */
    record Connected() implements StateOp {
        @Override
        public String toString() {
            return "connected";
        }
    }

    /** `*(width *)(place + at) = operand`, in this form. */
    record Put(Place place, int at, Width width, Form form) implements StateOp {
        @Override
        public String toString() {
            return "put %s%+d u%d %s".formatted(place.word(), at, width.bits(), form.word());
        }
    }

    /** `*(width *)(place + at) = number`, in host order or as network order. */
    record PutNumber(Place place, int at, Width width, Form form, long number) implements StateOp {
        @Override
        public String toString() {
            return "put_number %s%+d u%d %s 0x%x".formatted(place.word(), at, width.bits(), form.word(), number);
        }
    }

    /** The 16 bytes of the asking task's name, or of the maker's that a stamp has brought, as they are. */
    record PutComm(Place place, int at, boolean stamped) implements StateOp {
        @Override
        public String toString() {
            return "put_comm %s%+d %s".formatted(place.word(), at, stamped ? "stamped" : "asking");
        }
    }

    /** `result = *(width *)(frame + at)`. */
    record Get(int at, Width width) implements StateOp {
        @Override
        public String toString() {
            return "get frame%+d u%d".formatted(at, width.bits());
        }
    }

    /**
     * `*(u64 *)(frame + at)` gets these bits, none of which it has, and the verifier knows nothing of it any more: ways on which it knew different
     * numbers are one way to it from here on.
     *
     * @param added 0 where the number stays what it is
     */
    record Note(int at, long added) implements StateOp {
        @Override
        public String toString() {
            return "note frame%+d 0x%x".formatted(at, added);
        }
    }

    /** At sock_ops: the field becomes the operand, in 32 bits. */
    record Assign(ContextField field) implements StateOp {
        @Override
        public String toString() {
            return "assign " + field.name();
        }
    }

    /** At sock_ops: the socket's option becomes the operand, in 32 bits, if the kernel takes it. */
    record SetOption(SettableOption option) implements StateOp {
        @Override
        public String toString() {
            return "set_option " + option;
        }
    }

    /** At sock_ops: the socket's option becomes this name, if the kernel takes it. */
    record SetOptionName(SettableOption option, ByteString value) implements StateOp {
        @Override
        public String toString() {
            return "set_option_name " + option + " " + HexFormat.of().formatHex(value.toArray());
        }
    }

    /**
     * 1 if an entry of the live set covers the value of the operands, else 0: a number; a v4 address; both halves of a raw
     * address; or type, major and minor of a device.
     */
    record Covered(String set, LiveType type) implements StateOp {
        @Override
        public String toString() {
            return "covered " + type.word() + " " + set;
        }
    }

    /**
     * 1 if the rate has a token for the key in the frame, which is taken if `takes` and the frame's standing says so; else 0.
     *
     * @param segments whether as many are taken as the packet has segments
     */
    record Token(RateLayout rate, boolean takes, boolean segments) implements StateOp {
        public Token {
            if (segments && !takes) {
                throw new IllegalArgumentException("no token is taken of " + rate.name());
            }
        }

        @Override
        public String toString() {
            return "token " + rate.name() + (segments ? " segments" : takes ? " taken" : " asked");
        }
    }

    /** 1 if the table has an entry for the key in the frame: then one of its destinations is the frame's final one; else 0. */
    record Entry(TableLayout table) implements StateOp {
        @Override
        public String toString() {
            return "entry " + table.name();
        }
    }

    /**
     * Counts for the key in the frame.
     *
     * @param counter the map of it that is counted in
     * @param lost where a counter that {@link CounterLayout#canLose} counts its losses, in
     *     {@link org.ringwall.bpf.state.EventLayout#losses}; 0 for others
     * @param asks whether it asks first if this generation is the newest, and does nothing else; where that was asked before it does not
     */
    record Count(CounterLayout counter, int lost, boolean asks) implements StateOp {
        /** Counts in this map of one of all counters of a policy. */
        public static Count in(CounterLayout counter, List<CounterLayout> all, boolean asks) {
            int lost = counter.canLose()
                    ? EventLayout.losses(all).value().orElseThrow().offset(StateNames.counter(counter.name()))
                    : 0;
            return new Count(counter, lost, asks);
        }

        @Override
        public String toString() {
            return "count " + counter.symbol() + (asks ? " asking" : " told");
        }
    }

    /**
     * 1 if the rule's limit lets a record through, and how many it has held back lies in the frame then; else 0, and one more is held
     * back.
     *
     * @param rule the number of the rule's records
     * @param interval ns from one token to the next
     * @param depth ns in which an empty bucket becomes full
     */
    record Limit(int rule, long interval, long depth) implements StateOp {
        @Override
        public String toString() {
            return "limit %d %d %d".formatted(rule, interval, depth);
        }
    }

    /**
     * 1 if the ring has room for a record: then it has what is the same in all records of the rule; else 0, and one more is lost. A rule
     * without {@link Limit} holds nothing back; one with it has told the time just before. Behind the header's first 28 bytes a
     * byte that is not zeroed here has to be written before {@link Submit}: what lies in the ring is of other records.
     *
     * @param known what `present` is, as long as no {@link Mark} adds to it
     * @param zeroed a bit for each word of 8 bytes that is zeroed
     */
    record Reserve(Header header, int known, long zeroed) implements StateOp {
        @Override
        public String toString() {
            return "reserve %s 0x%x 0x%x".formatted(header, known, zeroed);
        }
    }

    /** What is known of a record before it is written. */
    record Header(int rule, Hook hook, EventKind kind, int verdict, int errno, boolean monitored, boolean limited) {
        @Override
        public String toString() {
            return "%d %s %s %d %d %s %s"
                    .formatted(
                            rule,
                            hook.word(),
                            kind.name().toLowerCase(Locale.ROOT),
                            verdict,
                            errno,
                            monitored ? "monitored" : "meant",
                            limited ? "limited" : "all");
        }
    }

    /** The record has what these bits of `present` say. */
    record Mark(int bits) implements StateOp {
        @Override
        public String toString() {
            return "mark 0x%x".formatted(bits);
        }
    }

    /** The sysctl's name into the record, cut off with a NUL: 1. */
    record PutName(int at, int size) implements StateOp {
        @Override
        public String toString() {
            return "put_name %d %d".formatted(at, size);
        }
    }

    /** The Unix socket's name into the record: 1, or 0 where there is none or it cannot be told. */
    record PutPath(int at, int size) implements StateOp {
        @Override
        public String toString() {
            return "put_path %d %d".formatted(at, size);
        }
    }

    /** The record is for the reader now. */
    record Submit() implements StateOp {
        @Override
        public String toString() {
            return "submit";
        }
    }

    /** The socket remembers the frame's original destination beside its final one: 1, or 0 where the kernel has no room. */
    record Remember() implements StateOp {
        @Override
        public String toString() {
            return "remember";
        }
    }

    /** 1 if the socket was led to the frame's final destination: then the frame's original is where it wanted to go; else 0. */
    record Recall() implements StateOp {
        @Override
        public String toString() {
            return "recall";
        }
    }

    /** The socket no longer remembers that it was redirected to the frame's final destination. */
    record DropOriginal() implements StateOp {
        @Override
        public String toString() {
            return "drop_original";
        }
    }

    /**
     * At sock_ops: a client that was led elsewhere leaves where it wanted to go when it is established, and who accepts takes it into
     * the socket ({@link org.ringwall.bpf.state.Handover}).
     */
    record HandOver() implements StateOp {
        @Override
        public String toString() {
            return "hand_over";
        }
    }

    /** At getsockopt: where the socket's client wanted to go is the answer, if that is asked and known. */
    record AnswerOriginal() implements StateOp {
        @Override
        public String toString() {
            return "answer_original";
        }
    }

    /** What is written to. */
    enum Place {
        FRAME,
        RECORD;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How a number is written. */
    enum Form {
        /** In host order. */
        HOST,
        /** In network order. */
        NETWORK,
        /** Its negative in 32 bits, in host order. */
        NEGATED,
        /** A v4 address as the last 8 bytes of the v4-mapped one, in network order. */
        MAPPED;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How many operands it has. */
    default List<Integer> operands() {
        if (this instanceof Put || this instanceof Assign || this instanceof SetOption) {
            return List.of(1);
        }
        return this instanceof Covered covered
                ? switch (covered.type()) {
                    case NET, IP -> List.of(1, 2);
                    case DEVICE -> List.of(3);
                    case PORT, UID, GID, INT, CGROUP, NETNS -> List.of(1);
                }
                : List.of(0);
    }

    /** The bits of its result. */
    default int bits() {
        if (this instanceof Standing) {
            return 2;
        }
        if (this instanceof Now) {
            return Long.SIZE;
        }
        return this instanceof Get get ? get.width().bits() : 1;
    }

    /** Whether anything but its result comes of it. */
    default boolean acts() {
        return !(this instanceof Now || this instanceof Get || this instanceof Covered || this instanceof Connected);
    }
}
