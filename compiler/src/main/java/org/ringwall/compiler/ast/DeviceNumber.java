package org.ringwall.compiler.ast;

import org.ringwall.compiler.source.Span;

/** The major or the minor number of a device, or several of them. */
public sealed interface DeviceNumber extends Node {
    /** Answers each kind. */
    <R> R accept(Visitor<R> visitor);

    /** `*`. */
    record Any(Span span) implements DeviceNumber {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.any(this);
        }
    }

    /** One number: a loose integer literal. */
    record Exactly(Value.Literal number, Span span) implements DeviceNumber {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.exactly(this);
        }
    }

    /** `low..high`, both included. */
    record Between(Value.Literal low, Value.Literal high, Span span) implements DeviceNumber {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.between(this);
        }
    }

    /** One answer for each kind. */
    interface Visitor<R> {
        R any(Any any);

        R exactly(Exactly exactly);

        R between(Between between);
    }
}
