// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ast;

import org.ringwall.compiler.source.Span;

/** A constant as written. */
public sealed interface Value extends Node {
    /** Calls the visitor's method for this kind of value. */
    <R> R accept(Visitor<R> visitor);

    /** A number or an address as written. Neither its exact form nor its range has been checked. */
    record Literal(Form form, String text, Span span) implements Value {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.literal(this);
        }

        /** The form of the token. */
        public enum Form {
            /**
             * Decimal digits and `_`, or `0x` and hexadecimal digits and `_`; at least one digit.
             */
            INTEGER,
            /**
             * Decimal numbers separated by dots, or followed by a prefix length, or both: `6.1`,
             * `10.0.0.300/33`.
             */
            DOTTED,
            /**
             * Hexadecimal digits with at least two colons, optionally with a dotted tail and a
             * prefix length.
             */
            IPV6
        }
    }

    /** A quoted string with its escapes resolved. */
    record Text(String value, Span span) implements Value {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.text(this);
        }
    }

    /**
     * The name of a set, a param or a constant (`tcp`, `raw`). Whether it exists has not been
     * checked.
     */
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

        /** The two kinds of device nodes. */
        public enum Type {
            CHAR,
            BLOCK
        }
    }

    /**
     * `SOL_SOCKET:36`, `1:36`: the level is a {@link Reference} of one word or an INTEGER, the
     * number an INTEGER.
     */
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

    /** An operation on values of any kind. */
    interface Visitor<R> {
        R literal(Literal literal);

        R text(Text text);

        R reference(Reference reference);

        R device(Device device);

        R option(Option option);
    }
}
