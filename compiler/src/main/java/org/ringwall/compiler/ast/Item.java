package org.ringwall.compiler.ast;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.source.Span;

/** What stands at the top of a policy. */
public sealed interface Item extends Node {
    /** Answers each kind. */
    <R> R accept(Visitor<R> visitor);

    /** `requires kernel 6.1`: the oldest kernel; the version is a loose literal. */
    record Requires(Value.Literal version, Span span) implements Item {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.requires(this);
        }
    }

    /** `set private = { … } except { … }`. */
    record SetDeclaration(Name name, SetExpr value, Span span) implements Item {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.set(this);
        }
    }

    /** `predicate web = proto == tcp and remote.port in { 80, 443 }`: a guard that has a name. */
    record Predicate(Name name, Expr guard, Span span) implements Item {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.predicate(this);
        }
    }

    /** `include "common.wall"`: the declarations of another file; the path is as written. */
    record Include(Value.Text path, Span span) implements Item {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.include(this);
        }
    }

    /** `param proxy_port : port in 1024..65535 = 3128`: a constant that is fixed when the policy is applied. */
    record Param(Name name, Name type, Value low, Value high, Value initial, Span span) implements Item {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.param(this);
        }
    }

    /** `egress web { … }`: rules for an intent; the label tells blocks of one intent apart in reports. */
    record IntentBlock(Intent intent, Optional<Name> label, Span head, List<Statement> statements, Span span)
            implements Item {
        public IntentBlock {
            statements = List.copyOf(statements);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.intent(this);
        }
    }

    /** `on connect4 { … }`: rules for one hook, by libbpf's word for it. */
    record HookBlock(Name hook, Span head, List<Statement> statements, Span span) implements Item {
        public HookBlock {
            statements = List.copyOf(statements);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.hook(this);
        }
    }

    /** `test "sentence" { … }`: attempts and what becomes of them. */
    record Test(Value.Text sentence, List<TestCase> cases, Span span) implements Item {
        public Test {
            cases = List.copyOf(cases);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.test(this);
        }
    }

    /** One answer for each kind of item. */
    interface Visitor<R> {
        R requires(Requires requires);

        R set(SetDeclaration set);

        R predicate(Predicate predicate);

        R include(Include include);

        R param(Param param);

        R intent(IntentBlock block);

        R hook(HookBlock block);

        R test(Test test);
    }
}
