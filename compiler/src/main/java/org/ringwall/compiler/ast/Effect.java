package org.ringwall.compiler.ast;

import org.ringwall.compiler.source.Span;

/** What a rule does beside deciding. */
public sealed interface Effect extends Node {
    /** Answers each kind. */
    <R> R accept(Visitor<R> visitor);

    /** `assign remote.port = 53`: the request goes on with another value; the field is not yet known to be writable. */
    record Assign(FieldRef field, Value value, Span span) implements Effect {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.assign(this);
        }
    }

    /** `reply 40`: the number that the kernel asked for. */
    record Reply(Value value, Span span) implements Effect {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.reply(this);
        }
    }

    /** One answer for each kind of effect. */
    interface Visitor<R> {
        R assign(Assign assign);

        R reply(Reply reply);
    }
}
