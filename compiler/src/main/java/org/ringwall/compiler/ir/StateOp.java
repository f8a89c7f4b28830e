// SPDX-License-Identifier: Apache-2.0
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
 * An operation on state: it reads or changes maps, or builds keys and records. The printed form is
 * one line, a word and its arguments, which {@link StateOpReader} parses.
 */
public sealed interface StateOp {
    /**
     * Whether this generation is the newest (bit 0), and whether the instance is in monitor mode
     * now (bit 1). The result is also stored at {@link StateFrame#GENERATION_STATE}.
     */
    record GenerationState() implements StateOp {
        /** The newest generation, not monitored: tokens are taken, and effects are performed. */
        public static final int ACTS = 1;

        @Override
        public String toString() {
            return "generation_state";
        }
    }

    /**
     * At bind, post_bind and connect: 1 if the caller is known, else 0. The caller is the calling
     * task, unless that is a kernel worker; then it is the creator of the MPTCP socket of which
     * this one is a subflow, and from here on {@link Instruction.CallIdentity} and similar
     * instructions read that socket's stamp.
     */
    record Caller() implements StateOp {
        @Override
        public String toString() {
            return "caller";
        }
    }

    /**
     * Stores the number of segments and bytes that the packet counts as at
     * {@link StateFrame#SEGMENTS} and {@link StateFrame#SEGMENT_BYTES}; no result.
     */
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
     * At sendmsg4 of an AF_INET6 socket: 1 if it is a UDP socket that is connected to the request's
     * destination, else 0. The kernel runs the program for a send from such a socket even if the
     * caller gave no destination (`udpv6_sendmsg`).
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

    /** `*(width *)(place + at) = number`, in host or network order. */
    record PutNumber(Place place, int at, Width width, Form form, long number) implements StateOp {
        @Override
        public String toString() {
            return "put_number %s%+d u%d %s 0x%x".formatted(place.word(), at, width.bits(), form.word(), number);
        }
    }

    /**
     * Stores the 16 bytes of the calling task's name, or of the creator's name from the loaded
     * stamp.
     */
    record PutComm(Place place, int at, boolean stamped) implements StateOp {
        @Override
        public String toString() {
            return "put_comm %s%+d %s".formatted(place.word(), at, stamped ? "stamped" : "caller");
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
     * Sets these bits, none of which is set, in the u64 at `frame + at` and hides its value from
     * the verifier, so that paths with different values are merged from here on.
     *
     * @param added 0 to only hide the value
     */
    record Note(int at, long added) implements StateOp {
        @Override
        public String toString() {
            return "note frame%+d 0x%x".formatted(at, added);
        }
    }

    /** At sock_ops: writes the low 32 bits of the operand to the field. */
    record Assign(ContextField field) implements StateOp {
        @Override
        public String toString() {
            return "assign " + field.name();
        }
    }

    /**
     * At sock_ops: sets the socket option to the low 32 bits of the operand. If the kernel rejects
     * the value, the option is unchanged.
     */
    record SetOption(SettableOption option) implements StateOp {
        @Override
        public String toString() {
            return "set_option " + option;
        }
    }

    /**
     * At sock_ops: sets the socket option to this name. If the kernel rejects the value, the option
     * is unchanged.
     */
    record SetOptionName(SettableOption option, ByteString value) implements StateOp {
        @Override
        public String toString() {
            return "set_option_name " + option + " " + HexFormat.of().formatHex(value.toArray());
        }
    }

    /**
     * 1 if an entry of the live set covers the operands, else 0. The operands are a number, an IPv4
     * address, both halves of a raw address, or the type, major and minor number of a device.
     */
    record Covered(String set, LiveType type) implements StateOp {
        @Override
        public String toString() {
            return "covered " + type.word() + " " + set;
        }
    }

    /**
     * 1 if the rate has a token for the key in the frame, else 0. The token is taken if `takes` is
     * set and the generation's state in the frame allows it.
     *
     * @param segments whether one token is taken for each segment of the packet
     */
    record Token(RateLayout rate, boolean takes, boolean segments) implements StateOp {
        public Token {
            if (segments && !takes) {
                throw new IllegalArgumentException("no token is taken of " + rate.name());
            }
        }

        @Override
        public String toString() {
            return "token " + rate.name() + (segments ? " segments" : takes ? " taken" : " tested");
        }
    }

    /**
     * 1 if the table has an entry for the key in the frame, else 0. If so, one of its destinations
     * is stored as the frame's final destination.
     */
    record Entry(TableLayout table) implements StateOp {
        @Override
        public String toString() {
            return "entry " + table.name();
        }
    }

    /**
     * Increments the counter at the key in the frame.
     *
     * @param counter the counter's map that is incremented
     * @param lost the offset of the counter's loss count in
     *     {@link org.ringwall.bpf.state.EventLayout#losses}, if {@link CounterLayout#canLose}; else
     *     0
     * @param checked whether to first test that this generation is the newest, and do nothing
     *     otherwise; false if the code before has tested it
     */
    record Count(CounterLayout counter, int lost, boolean checked) implements StateOp {
        /** Returns an increment of this map of one of all counters of a policy. */
        public static Count in(CounterLayout counter, List<CounterLayout> all, boolean checked) {
            int lost = counter.canLose()
                    ? EventLayout.losses(all).value().orElseThrow().offset(StateNames.counter(counter.name()))
                    : 0;
            return new Count(counter, lost, checked);
        }

        @Override
        public String toString() {
            return "count " + counter.symbol() + (checked ? " checked" : " unchecked");
        }
    }

    /**
     * 1 if the rule's limit admits a record, else 0. If admitted, the number of suppressed records
     * is stored in the frame; otherwise that number is incremented.
     *
     * @param rule the number of the rule's records
     * @param interval ns between tokens
     * @param depth ns in which an empty bucket fills up
     */
    record Limit(int rule, long interval, long depth) implements StateOp {
        @Override
        public String toString() {
            return "limit %d %d %d".formatted(rule, interval, depth);
        }
    }

    /**
     * 1 if the ring has room for a record, else 0. On success the constant part of the rule's
     * records is written; otherwise the loss is counted. A rule without {@link Limit} suppresses
     * nothing; one with it has read the time just before. After the header's first 28 bytes every
     * byte that is not zeroed here must be written before {@link Submit}, because the ring contains
     * data of earlier records.
     *
     * @param known the initial value of `present`, to which {@link Mark} adds
     * @param zeroed a bit for each word of 8 bytes that is zeroed
     */
    record Reserve(Header header, int known, long zeroed) implements StateOp {
        @Override
        public String toString() {
            return "reserve %s 0x%x 0x%x".formatted(header, known, zeroed);
        }
    }

    /** The constant part of a record. */
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

    /** Sets bits in the `present` member of the record. */
    record Mark(int bits) implements StateOp {
        @Override
        public String toString() {
            return "mark 0x%x".formatted(bits);
        }
    }

    /** Writes the sysctl's name into the record, truncated and NUL-terminated; always 1. */
    record PutName(int at, int size) implements StateOp {
        @Override
        public String toString() {
            return "put_name %d %d".formatted(at, size);
        }
    }

    /**
     * Writes the name of the Unix socket into the record: 1, or 0 if there is none or it cannot be
     * represented.
     */
    record PutPath(int at, int size) implements StateOp {
        @Override
        public String toString() {
            return "put_path %d %d".formatted(at, size);
        }
    }

    /** Submits the record to the ring. */
    record Submit() implements StateOp {
        @Override
        public String toString() {
            return "submit";
        }
    }

    /**
     * Stores the frame's original and final destination with the socket: 1, or 0 if the kernel
     * cannot store them.
     */
    record Remember() implements StateOp {
        @Override
        public String toString() {
            return "remember";
        }
    }

    /**
     * 1 if the socket was redirected to the frame's final destination, else 0. If so, the original
     * destination is stored in the frame.
     */
    record Recall() implements StateOp {
        @Override
        public String toString() {
            return "recall";
        }
    }

    /** Deletes the socket's record of a redirect to the frame's final destination. */
    record DropOriginal() implements StateOp {
        @Override
        public String toString() {
            return "drop_original";
        }
    }

    /**
     * At sock_ops: passes the original destination of a redirected client on when the connection is
     * established; the accepting side stores it with its socket
     * ({@link org.ringwall.bpf.state.OriginalDestinationTransfer}).
     */
    record HandOver() implements StateOp {
        @Override
        public String toString() {
            return "hand_over";
        }
    }

    /**
     * At getsockopt: answers with the original destination of the socket's client, if that option
     * is read and the destination is known.
     */
    record AnswerOriginal() implements StateOp {
        @Override
        public String toString() {
            return "answer_original";
        }
    }

    /** The base of a store. */
    enum Place {
        FRAME,
        RECORD;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The byte order or encoding of a stored number. */
    enum Form {
        /** Host order. */
        HOST,
        /** Network order. */
        NETWORK,
        /** The two's complement of the number in 32 bits, in host order. */
        NEGATED,
        /** An IPv4 address as the last 8 bytes of the IPv4-mapped address, in network order. */
        MAPPED;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Returns the possible numbers of operands. */
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

    /** Returns the number of bits of the result. */
    default int bits() {
        if (this instanceof GenerationState) {
            return 2;
        }
        if (this instanceof Now) {
            return Long.SIZE;
        }
        return this instanceof Get get ? get.width().bits() : 1;
    }

    /** Whether the operation has an effect besides its result. */
    default boolean acts() {
        return !(this instanceof Now || this instanceof Get || this instanceof Covered || this instanceof Connected);
    }
}
