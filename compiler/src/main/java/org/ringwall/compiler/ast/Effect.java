package org.ringwall.compiler.ast;

import java.util.Optional;
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

    /** `setsockopt TCP_CONGESTION = "bbr"`: the socket's option, which is not yet known to be one that programs set. */
    record SetOption(Name option, Value value, Span span) implements Effect {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.setOption(this);
        }
    }

    /** `log at most 10/s because "cloud metadata"`: a record, and why. */
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

    /** `count usage`: counts in a counter, which is not yet known to exist. */
    record Count(Name counter, Span span) implements Effect {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.count(this);
        }
    }

    /** `answer 203.0.113.9:80`: what a test expects an accepted socket to be told; the destination has a port. */
    record Answered(Probe.Endpoint destination, Span span) implements Effect {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.answered(this);
        }
    }

    /** One answer for each kind of effect. */
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
