// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ast;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.source.Span;

/** One statement of a block. */
public sealed interface Statement extends Node {
    /** Returns the effects in source order; at least one in a {@link When}. */
    List<Effect> effects();

    /** Calls the visitor's method for this kind of statement. */
    <R> R accept(Visitor<R> visitor);

    /**
     * `deny EPERM if remote.port == 22`: decides if the guard is true, or always.
     *
     * @param monitored whether `monitor` precedes it, so that it only makes records
     * @param within the rate from which it needs a token
     */
    record Rule(
            boolean monitored,
            Verdict verdict,
            Optional<Expr> guard,
            Optional<Within> within,
            List<Effect> effects,
            Span span)
            implements Statement {
        public Rule {
            effects = List.copyOf(effects);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.rule(this);
        }
    }

    /**
     * `within connects else deny`.
     *
     * @param otherwise the verdict without a token, `allow` or `deny`; if empty, evaluation
     *     continues
     */
    record Within(Name rate, Optional<Verdict> otherwise, Span span) implements Node {}

    /**
     * `when remote.port == 80 { assign remote.port = 8080 }`: has no verdict; the effects are
     * performed if the guard is true.
     */
    record When(Expr guard, List<Effect> effects, Span span) implements Statement {
        public When {
            effects = List.copyOf(effects);
            if (effects.isEmpty()) {
                throw new IllegalArgumentException("a rule without a verdict has effects: " + span);
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.when(this);
        }
    }

    /** `default deny`: decides if no other rule does. */
    record Default(Verdict verdict, List<Effect> effects, Span span) implements Statement {
        public Default {
            effects = List.copyOf(effects);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.fallback(this);
        }
    }

    /** An operation on statements of any kind. */
    interface Visitor<R> {
        R rule(Rule rule);

        R when(When when);

        R fallback(Default fallback);
    }
}
