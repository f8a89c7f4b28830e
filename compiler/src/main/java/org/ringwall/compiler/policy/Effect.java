// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.SettableOption;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.ByteString;

/**
 * An action of a rule besides its verdict (docs/semantics.md section 4). {@link Log} and
 * {@link Count} are records, which are also made if a request is denied. All others are writes,
 * which are performed once, after the decision, and only if the request is allowed.
 */
public sealed interface Effect {
    /** Writes a field of the request, which the kernel uses and later programs see. */
    record Assign(Field field, Operand operand) implements Effect {
        public Assign {
            boolean address = operand instanceof Operand.OfAddress;
            boolean text = operand instanceof Operand.OfText;
            if (address != (field.type() == FieldType.ADDRESS) || text != (field.type() == FieldType.STRING)) {
                throw new IllegalArgumentException("`" + field.text() + "` cannot hold " + operand);
            }
            boolean fits = !(operand instanceof Operand.OfNumber number)
                    || Long.compareUnsigned(number.value(), field.type().max()) <= 0;
            if (!fits
                    || operand instanceof Operand.OfParam param && param.param().type() != field.type()) {
                throw new IllegalArgumentException("`" + field.text() + "` cannot hold " + operand);
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.assign(this);
        }

        @Override
        public Effect with(Map<Param, Long> params) {
            return new Assign(field, operand.with(params));
        }

        @Override
        public String toString() {
            return "assign " + field.text() + " = " + operand;
        }
    }

    /** Replies to the kernel's query at sock_ops, 0..2^32−1. */
    record Reply(Operand operand) implements Effect {
        public Reply {
            if (operand instanceof Operand.OfAddress || operand instanceof Operand.OfText) {
                throw new IllegalArgumentException("a reply is a number");
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.reply(this);
        }

        @Override
        public Effect with(Map<Param, Long> params) {
            return new Reply(operand.with(params));
        }

        @Override
        public String toString() {
            return "reply " + operand;
        }
    }

    /**
     * Sets a socket option at sock_ops, if the kernel accepts the value: a name if the option takes
     * one, else 0..2^32−1.
     */
    record SetOption(SettableOption option, Operand operand) implements Effect {
        public SetOption {
            boolean fits = operand instanceof Operand.OfText text
                    ? option.isText() && text.text().size() <= option.mostBytes()
                    : !option.isText() && !(operand instanceof Operand.OfAddress);
            if (!fits) {
                throw new IllegalArgumentException("`" + option + "` cannot be set to " + operand);
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.setOption(this);
        }

        @Override
        public Effect with(Map<Param, Long> params) {
            return new SetOption(option, operand.with(params));
        }

        @Override
        public String toString() {
            return "setsockopt " + option + " = " + operand;
        }
    }

    /**
     * Redirects the request to another destination, and shows the peer under its original address.
     */
    record Redirect(Destination to) implements Effect {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.redirect(this);
        }

        @Override
        public Effect with(Map<Param, Long> params) {
            return new Redirect(to.with(params));
        }

        @Override
        public String toString() {
            return "redirect " + to;
        }
    }

    /**
     * Puts a record into the ring.
     *
     * @param limit the maximum rate; empty for no limit
     */
    record Log(Optional<Rate.Pace> limit) implements Effect {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.log(this);
        }

        @Override
        public Effect with(Map<Param, Long> params) {
            return this;
        }

        @Override
        public String toString() {
            return "log" + limit.map(pace -> " at most " + pace.text()).orElse("");
        }
    }

    /** Increments a counter. */
    record Count(Counter counter) implements Effect {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.count(this);
        }

        @Override
        public Effect with(Map<Param, Long> params) {
            return this;
        }

        @Override
        public String toString() {
            return "count " + counter.name();
        }
    }

    /**
     * Answers SO_ORIGINAL_DST with the original destination of the socket's client. It is not an
     * effect of a rule but of the whole policy.
     */
    record Answer(Endpoint original) implements Effect {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.answer(this);
        }

        @Override
        public Effect with(Map<Param, Long> params) {
            return this;
        }

        @Override
        public String toString() {
            return "answer " + original;
        }
    }

    /**
     * Writes the address that the destination "any" was judged as (docs/semantics.md section 2). It
     * is not an effect of a rule, and every generation that decides performs it, not only the
     * newest.
     */
    record JudgedAs(Address address) implements Effect {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.judgedAs(this);
        }

        @Override
        public Effect with(Map<Param, Long> params) {
            return this;
        }

        @Override
        public String toString() {
            return "remote.ip becomes " + address;
        }
    }

    /** The value that is written. */
    sealed interface Operand {
        /**
         * Returns the operand with the param's value; a param that is not given has its default.
         */
        default Operand with(Map<Param, Long> params) {
            return this instanceof OfParam of
                    ? new OfNumber(params.getOrDefault(of.param(), of.param().defaultValue()))
                    : this;
        }

        /** An unsigned number. */
        record OfNumber(long value) implements Operand {
            @Override
            public String toString() {
                return Long.toUnsignedString(value);
            }
        }

        /** An address. */
        record OfAddress(Address address) implements Operand {
            @Override
            public String toString() {
                return address.toString();
            }
        }

        /** A string, not empty and without a NUL. */
        record OfText(ByteString text) implements Operand {
            public OfText {
                if (text.size() == 0 || text.has(0)) {
                    throw new IllegalArgumentException("no text: `" + text + "`");
                }
            }

            @Override
            public String toString() {
                return '"' + text.toString() + '"';
            }
        }

        /** The value of a param. */
        record OfParam(Param param) implements Operand {
            @Override
            public String toString() {
                return param.name();
            }
        }
    }

    /** An operation of another package on effects of any kind. */
    interface Visitor<R> {
        R assign(Assign effect);

        R reply(Reply effect);

        R setOption(SetOption effect);

        R redirect(Redirect effect);

        R log(Log effect);

        R count(Count effect);

        R answer(Answer effect);

        R judgedAs(JudgedAs effect);
    }

    /** Calls the visitor's method for this kind of effect. */
    <R> R accept(Visitor<R> visitor);

    /**
     * Returns the effect with the values of its params; params that are not given have their
     * defaults.
     */
    Effect with(Map<Param, Long> params);

    /** Whether the effect is a record, which leaves the request unchanged. */
    default boolean isRecord() {
        return this instanceof Log || this instanceof Count;
    }

    /** Whether this effect, after the other one, overwrites all of it. */
    default boolean replaces(Effect other) {
        if (this instanceof Assign later) {
            return other instanceof Assign before && before.field() == later.field();
        }
        if (this instanceof SetOption later) {
            return other instanceof SetOption before && before.option() == later.option();
        }
        return this instanceof Reply && other instanceof Reply || this instanceof Redirect && other instanceof Redirect;
    }

    /** Whether it writes the destination address of the request. */
    default boolean writesDestination() {
        return this instanceof Redirect || this instanceof Assign assign && assign.field() == Field.REMOTE_IP;
    }

    /** Whether the field is a part of the record or of the lookup key. */
    default boolean reads(Field field) {
        if (this instanceof Count count) {
            return count.counter().key().fields().contains(field);
        }
        return this instanceof Log
                || this instanceof Redirect redirect
                        && redirect.to() instanceof Destination.Looked looked
                        && looked.table().key().fields().contains(field);
    }

    /**
     * Returns the effects that remain of this sequence: of those that write the same thing only the
     * last.
     */
    static List<Effect> merged(List<Effect> effects) {
        List<Effect> left = new ArrayList<>();
        for (Effect effect : effects) {
            left.removeIf(effect::replaces);
            left.add(effect);
        }
        return List.copyOf(left);
    }

    /** Returns the effects in one line: `{ assign remote.port = 53; reply 40 }`. */
    static String text(List<Effect> effects) {
        return effects.isEmpty()
                ? "{}"
                : effects.stream().map(Effect::toString).collect(Collectors.joining("; ", "{ ", " }"));
    }
}
