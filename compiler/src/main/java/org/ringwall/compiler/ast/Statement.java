package org.ringwall.compiler.ast;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.source.Span;

/** One line of a block. */
public sealed interface Statement extends Node {
    /** What it does beside deciding, in the order of the text; at least one in a {@link When}. */
    List<Effect> effects();

    /** Answers each kind. */
    <R> R accept(Visitor<R> visitor);

    /**
     * `deny EPERM if remote.port == 22`: decides where the guard holds, or always.
     *
     * @param monitored whether `monitor` stands before it, so that nothing but records comes of it
     * @param within a rate of which it needs a token
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
     * @param otherwise what the rule says without a token, `allow` or `deny`; empty: it is passed over
     */
    record Within(Name rate, Optional<Verdict> otherwise, Span span) implements Node {}

    /** `when remote.port == 80 { assign remote.port = 8080 }`: decides nothing; where the guard holds, the effects come. */
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

    /** `default deny`: decides where no rule does. */
    record Default(Verdict verdict, List<Effect> effects, Span span) implements Statement {
        public Default {
            effects = List.copyOf(effects);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.fallback(this);
        }
    }

    /** One answer for each kind of statement. */
    interface Visitor<R> {
        R rule(Rule rule);

        R when(When when);

        R fallback(Default fallback);
    }
}
