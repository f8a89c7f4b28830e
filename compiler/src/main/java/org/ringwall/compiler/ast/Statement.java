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

    /** `deny EPERM if remote.port == 22`: decides where the guard holds, or always. */
    record Rule(Verdict verdict, Optional<Expr> guard, List<Effect> effects, Span span) implements Statement {
        public Rule {
            effects = List.copyOf(effects);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.rule(this);
        }
    }

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
