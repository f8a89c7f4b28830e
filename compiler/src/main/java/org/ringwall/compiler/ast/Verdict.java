package org.ringwall.compiler.ast;

import java.util.Optional;
import org.ringwall.compiler.source.Span;

/** What a rule decides, or what a test expects. */
public sealed interface Verdict extends Node {
    /** The one word behind it. */
    Optional<Name> word();

    /** Answers each kind. */
    <R> R accept(Visitor<R> visitor);

    /** `allow`; a word behind it says more: the letters of an access (`allow rw`), or `unprivileged`. */
    record Allow(Optional<Name> word, Span span) implements Verdict {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.allow(this);
        }
    }

    /**
     * `deny`; a word behind it says more: the errno that the caller sees (`deny EACCES`), the letters of an access, or
     * `congested`. It is not yet known to exist.
     */
    record Deny(Optional<Name> word, Span span) implements Verdict {
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
