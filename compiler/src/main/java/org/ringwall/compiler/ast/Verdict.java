package org.ringwall.compiler.ast;

import java.util.List;
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

    /** `redirect 127.0.0.1:proxy_port`: allows, with another destination. */
    record Redirect(Destination to, Span span) implements Verdict {
        @Override
        public Optional<Name> word() {
            return Optional.empty();
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.redirect(this);
        }
    }

    /** Where a `redirect` leads. */
    sealed interface Destination extends Node {}

    /** `127.0.0.1:proxy_port`, `[::1]:3128`: the port is an INTEGER or a {@link Value.Reference} to a param. */
    record Place(Value.Literal address, Value port, Span span) implements Destination {}

    /** `backends[remote.ip, remote.port]`: a table, and perhaps its key once more; not yet known to exist. */
    record Entry(Name table, Optional<List<FieldRef>> key, Span span) implements Destination {
        public Entry {
            key = key.map(List::copyOf);
        }
    }

    /** Whether the request goes on. */
    default boolean allows() {
        return !(this instanceof Deny);
    }

    /** One answer for each kind of verdict. */
    interface Visitor<R> {
        R allow(Allow allow);

        R deny(Deny deny);

        R redirect(Redirect redirect);
    }
}
