package org.ringwall.compiler.ast;

import java.util.Optional;
import org.ringwall.compiler.source.Span;

/** One line of a block. */
public sealed interface Statement extends Node {
    /** What it decides. */
    Verdict verdict();

    /** Answers each kind. */
    <R> R accept(Visitor<R> visitor);

    /** `deny EPERM if remote.port == 22`: decides where the guard holds, or always. */
    record Rule(Verdict verdict, Optional<Expr> guard, Span span) implements Statement {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.rule(this);
        }
    }

    /** `default deny`: decides where no rule does; an `allow` here has no access. */
    record Default(Verdict verdict, Span span) implements Statement {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.fallback(this);
        }
    }

    /** One answer for each kind of statement. */
    interface Visitor<R> {
        R rule(Rule rule);

        R fallback(Default fallback);
    }
}
