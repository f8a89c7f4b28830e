// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ast;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.source.Span;

/** The verdict of a rule, or the one that a test expects. */
public sealed interface Verdict extends Node {
    /** Returns the word after the verdict. */
    Optional<Name> word();

    /** Calls the visitor's method for this kind of verdict. */
    <R> R accept(Visitor<R> visitor);

    /**
     * `allow`, optionally followed by the letters of an access (`allow rw`) or by `unprivileged`.
     */
    record Allow(Optional<Name> word, Span span) implements Verdict {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.allow(this);
        }
    }

    /**
     * `deny`, optionally followed by the errno that the caller sees (`deny EACCES`), the letters of
     * an access, or `congested`. Whether the word exists has not been checked.
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

    /** The destination of a `redirect`. */
    sealed interface Destination extends Node {}

    /**
     * `127.0.0.1:proxy_port`, `[::1]:3128`: the port is an INTEGER or a {@link Value.Reference} to
     * a param.
     */
    record Place(Value.Literal address, Value port, Span span) implements Destination {}

    /**
     * `backends[remote.ip, remote.port]`: a table, optionally with its key repeated. Whether it
     * exists has not been checked.
     */
    record Entry(Name table, Optional<List<FieldRef>> key, Span span) implements Destination {
        public Entry {
            key = key.map(List::copyOf);
        }
    }

    /** Whether the request proceeds. */
    default boolean allows() {
        return !(this instanceof Deny);
    }

    /** An operation on verdicts of any kind. */
    interface Visitor<R> {
        R allow(Allow allow);

        R deny(Deny deny);

        R redirect(Redirect redirect);
    }
}
