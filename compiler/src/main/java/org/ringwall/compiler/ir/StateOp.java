// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
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
 * a word and its arguments. Unless it says so, it has no operands, acts, and results in one bit.
 */
public sealed interface StateOp extends Op {
    /**
     * `*(width *)(place + at) = number`, in this form. The number is the operand or, without one, a
     * constant.
     */
    record Store(Place place, int at, Width width, Form form, OptionalLong number) implements StateOp {
        /** Returns a store of an operand. */
        public static Store of(Place place, int at, Width width, Form form) {
            return new Store(place, at, width, form, OptionalLong.empty());
        }

        /** Returns a store of a number, in host or network order. */
        public static Store number(Place place, int at, Width width, Form form, long number) {
            return new Store(place, at, width, form, OptionalLong.of(number));
        }

        /** Returns a store of the low 32 bits to a field of the context, at sock_ops. */
        public static Store field(ContextField field) {
            return of(Place.CONTEXT, field.offset(), Width.W, Form.HOST);
        }

        @Override
        public List<Integer> operands() {
            return List.of(number.isPresent() ? 0 : 1);
        }

        @Override
        public String words() {
            String words = "store %s%+d u%d %s".formatted(place.word(), at, width.bits(), form.word());
            return number.isPresent() ? words + " " + NumberOp.hex(number.getAsLong()) : words;
        }
    }

    /**
     * Stores the 16 bytes of the calling task's name, or of the creator's name from the loaded
     * stamp.
     */
    record PutComm(Place place, int at, boolean stamped) implements StateOp {
        @Override
        public String words() {
            return "put_comm %s%+d %s".formatted(place.word(), at, stamped ? "stamped" : "caller");
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
        public String words() {
            return "note frame%+d 0x%x".formatted(at, added);
        }
    }

    /**
     * At sock_ops: sets the socket option to the low 32 bits of the operand or, without one, to a
     * name. If the kernel rejects the value, the option is unchanged.
     */
    record SetOption(SettableOption option, Optional<ByteString> name) implements StateOp {
        @Override
        public List<Integer> operands() {
            return List.of(name.isPresent() ? 0 : 1);
        }

        @Override
        public String words() {
            return "set_option " + option
                    + name.map(value -> " " + HexFormat.of().formatHex(value.toArray()))
                            .orElse("");
        }
    }

    /**
     * 1 if an entry of the live set covers the operands, else 0. The operands are a number, an IPv4
     * address, both halves of a raw address, or the type, major and minor number of a device.
     */
    record Covered(String set, LiveType type) implements StateOp {
        @Override
        public List<Integer> operands() {
            return switch (type) {
                case NET, IP -> List.of(1, 2);
                case DEVICE -> List.of(3);
                case PORT, UID, GID, INT, CGROUP, NETNS -> List.of(1);
            };
        }

        @Override
        public boolean acts() {
            return false;
        }

        @Override
        public String words() {
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
        public String words() {
            return "token " + rate.name() + (segments ? " segments" : takes ? " taken" : " tested");
        }
    }

    /**
     * 1 if the table has an entry for the key in the frame, else 0. If so, one of its destinations
     * is stored as the frame's final destination.
     */
    record Entry(TableLayout table) implements StateOp {
        @Override
        public String words() {
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
        public String words() {
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
        public String words() {
            return "limit %d %d %d".formatted(rule, interval, depth);
        }
    }

    /**
     * 1 if the ring has room for a record, else 0. On success the constant part of the rule's
     * records is written; otherwise the loss is counted. A rule without {@link Limit} suppresses
     * nothing; one with it has read the time just before. After the header's first 28 bytes every
     * byte that is not zeroed here must be written before {@link Intrinsic#SUBMIT}, because the
     * ring contains data of earlier records.
     *
     * @param known the initial value of `present`, to which {@link Mark} adds
     * @param zeroed a bit for each word of 8 bytes that is zeroed
     */
    record Reserve(Header header, int known, long zeroed) implements StateOp {
        @Override
        public String words() {
            return "reserve %s 0x%x 0x%x".formatted(header, known, zeroed);
        }
    }

    /**
     * The constant part of a record.
     *
     * @param rule the number of the rule, or {@link #NOTED}
     */
    record Header(int rule, Hook hook, EventKind kind, int verdict, int errno, boolean monitored, boolean limited) {
        /**
         * The rule of a record whose code several rules share: its number is in the low 16 bits of
         * the u64 at {@link StateFrame#PENDING}.
         */
        public static final int NOTED = -1;

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
        public String words() {
            return "mark 0x%x".formatted(bits);
        }
    }

    /**
     * Writes a text into the record, truncated and NUL-terminated: 1, or 0 if there is none or it
     * cannot be represented.
     */
    record PutText(Text text, int at, int size) implements StateOp {
        @Override
        public String words() {
            return "put_text %s %d %d".formatted(text.word(), at, size);
        }
    }

    /** The base of a store. */
    enum Place {
        /** The program's stack; offsets are from r10. */
        FRAME,
        /** The record that is being written. */
        RECORD,
        /** The context. */
        CONTEXT;

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

    /** The text that {@link PutText} writes. */
    enum Text {
        /** The sysctl's name; there always is one. */
        SYSCTL,
        /** The name of the Unix socket. */
        PATH;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Returns the printed form without the operands. */
    String words();

    @Override
    default int bits(List<Integer> operands) {
        return 1;
    }

    @Override
    default boolean acts() {
        return true;
    }

    @Override
    default String text(List<Value> operands) {
        return operands.isEmpty()
                ? words()
                : operands.stream().map(Value::toString).collect(Collectors.joining(", ", words() + " of ", ""));
    }

    @Override
    default <R> R accept(Visitor<R> visitor, Instruction in) {
        return visitor.state(this, in);
    }
}
