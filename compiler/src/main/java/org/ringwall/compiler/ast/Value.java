package org.ringwall.compiler.ast;

import org.ringwall.compiler.source.Span;

/** A constant as written. */
public sealed interface Value extends Node {
    /** Answers each kind. */
    <R> R accept(Visitor<R> visitor);

    /** A number or an address as written; its form is loose, and its ranges are not yet checked. */
    record Literal(Form form, String text, Span span) implements Value {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.literal(this);
        }

        /** What the token looked like. */
        public enum Form {
            /** Decimal digits and `_`, or `0x` and hexadecimal digits and `_`; at least one digit. */
            INTEGER,
            /** Decimal numbers with dots between them, or a prefix length behind, or both: `6.1`, `10.0.0.300/33`. */
            DOTTED,
            /** Hexadecimal digits with at least two colons, perhaps a dotted tail and a prefix length. */
            IPV6
        }
    }

    /** A quoted string, its escapes resolved. */
    record Text(String value, Span span) implements Value {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.text(this);
        }
    }

    /** The name of a set, a parameter or a constant (`tcp`, `raw`); not yet known to exist. */
    record Reference(String name, Span span) implements Value {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.reference(this);
        }
    }

    /** `char 136:0..255`, `block 8:*`. */
    record Device(Type type, DeviceNumber major, DeviceNumber minor, Span span) implements Value {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.device(this);
        }

        /** The two kinds of device node. */
        public enum Type {
            CHAR,
            BLOCK
        }
    }

    /** `SOL_SOCKET:36`, `1:36`: the level is a {@link Reference} of one word or an INTEGER, the number an INTEGER. */
    record Option(Value level, Literal number, Span span) implements Value {
        public Option {
            if (!(level instanceof Reference) && !(level instanceof Literal)) {
                throw new IllegalArgumentException("a level is a word or a number: " + span);
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.option(this);
        }
    }

    /** One answer for each kind of value. */
    interface Visitor<R> {
        R literal(Literal literal);

        R text(Text text);

        R reference(Reference reference);

        R device(Device device);

        R option(Option option);
    }
}
