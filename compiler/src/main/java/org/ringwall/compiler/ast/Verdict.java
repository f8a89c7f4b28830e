package org.ringwall.compiler.ast;

import java.util.Optional;
import org.ringwall.compiler.source.Span;

/** What a rule decides, or what a test expects. */
public sealed interface Verdict extends Node {
    /** Answers each kind. */
    <R> R accept(Visitor<R> visitor);

    /** `allow`, in `devices` with the letters of an access: `allow rw`. */
    record Allow(Optional<Name> access, Span span) implements Verdict {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.allow(this);
        }
    }

    /** `deny`, with the errno that the caller sees: `deny EACCES`; the name is not yet known to exist. */
    record Deny(Optional<Name> errno, Span span) implements Verdict {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.deny(this);
        }
    }

    /** One answer for each kind of verdict. */
    interface Visitor<R> {
        R allow(Allow allow);

        R deny(Deny deny);
    }
}
