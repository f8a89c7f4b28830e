// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ast;

import java.util.Optional;
import org.ringwall.compiler.source.Span;

/** An effect of a rule besides its verdict. */
public sealed interface Effect extends Node {
    /** Calls the visitor's method for this kind of effect. */
    <R> R accept(Visitor<R> visitor);

    /**
     * `assign remote.port = 53`: replaces a value of the request. Whether the field is writable has
     * not been checked.
     */
    record Assign(FieldRef field, Value value, Span span) implements Effect {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.assign(this);
        }
    }

    /** `reply 40`: the reply to the kernel's query. */
    record Reply(Value value, Span span) implements Effect {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.reply(this);
        }
    }

    /**
     * `setsockopt TCP_CONGESTION = "bbr"`: sets a socket option. Whether programs can set it has
     * not been checked.
     */
    record SetOption(Name option, Value value, Span span) implements Effect {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.setOption(this);
        }
    }

    /** `log at most 10/s because "cloud metadata"`: a record, and the reason. */
    record Log(Optional<Pace> limit, Optional<Value.Text> because, Span span) implements Effect {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.log(this);
        }
    }

    /** `because "on the block list"`: the rule's reason, without a record. */
    record Because(Value.Text reason, Span span) implements Effect {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.because(this);
        }
    }

    /** `count usage`: increments a counter. Whether it exists has not been checked. */
    record Count(Name counter, Span span) implements Effect {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.count(this);
        }
    }

    /**
     * `answer 203.0.113.9:80`: the answer that a test expects for an accepted socket; the
     * destination has a port.
     */
    record Answered(Probe.Endpoint destination, Span span) implements Effect {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.answered(this);
        }
    }

    /** An operation on effects of any kind. */
    interface Visitor<R> {
        R assign(Assign assign);

        R reply(Reply reply);

        R setOption(SetOption set);

        R log(Log log);

        R because(Because because);

        R count(Count count);

        R answered(Answered answered);
    }
}
