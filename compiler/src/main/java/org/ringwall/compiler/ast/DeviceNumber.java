// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ast;

import org.ringwall.compiler.source.Span;

/** The major or minor number of a device, or several of them. */
public sealed interface DeviceNumber extends Node {
    /** Calls the visitor's method for this kind of number. */
    <R> R accept(Visitor<R> visitor);

    /** `*`. */
    record Any(Span span) implements DeviceNumber {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.any(this);
        }
    }

    /** One number: an unchecked integer literal. */
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

    /** An operation on device numbers of any kind. */
    interface Visitor<R> {
        R any(Any any);

        R exactly(Exactly exactly);

        R between(Between between);
    }
}
