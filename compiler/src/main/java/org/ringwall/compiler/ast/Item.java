// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ast;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.source.Span;

/** A top-level item of a policy. */
public sealed interface Item extends Node {
    /** Calls the visitor's method for this kind of item. */
    <R> R accept(Visitor<R> visitor);

    /** `requires kernel 6.1`: the oldest kernel; the version is an unchecked literal. */
    record Requires(Value.Literal version, Span span) implements Item {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.requires(this);
        }
    }

    /**
     * `answer SO_ORIGINAL_DST`: the answer of getsockopt. Whether the option can be answered has
     * not been checked.
     */
    record Answer(Name option, Span span) implements Item {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.answer(this);
        }
    }

    /** `log ring 4M`: the size of the ring for records; the size is an unchecked literal. */
    record RingSize(Value.Literal size, Span span) implements Item {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.ringSize(this);
        }
    }

    /** `set private = { … } except { … }`. */
    record SetDeclaration(Name name, SetExpr value, Span span) implements Item {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.set(this);
        }
    }

    /** `predicate web = proto == tcp and remote.port in { 80, 443 }`: a named guard. */
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

    /**
     * `param proxy_port : port in 1024..65535 = 3128`: a constant that is fixed when the policy is
     * applied.
     */
    record Param(Name name, Name type, Value low, Value high, Value initial, Span span) implements Item {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.param(this);
        }
    }

    /**
     * `live set partners : net within { 203.0.113.0/24 } max 4096`: a set whose elements are
     * changed on the host.
     */
    record LiveSet(Name name, Name type, Optional<SetExpr> within, Value.Literal max, Span span) implements Item {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.liveSet(this);
        }
    }

    /**
     * `table backends [remote.ip] within { 10.0.0.0/8 } : 1..65535 max 64 choices 4 default deny`:
     * destinations by key.
     *
     * @param otherwise the destination of keys without an entry; empty for `default deny`
     */
    record Table(
            Name name,
            List<FieldRef> key,
            SetExpr within,
            SetExpr ports,
            Value.Literal max,
            Optional<Value.Literal> choices,
            Optional<Probe.Endpoint> otherwise,
            Span span)
            implements Item {
        public Table {
            key = List.copyOf(key);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.table(this);
        }
    }

    /**
     * `counter usage [cgroup] { tries: attempts, last: time } max 10_000 lru`: a counter for
     * `count` effects.
     */
    record Counter(
            Name name, List<FieldRef> key, List<Column> columns, Optional<Value.Literal> max, boolean evicts, Span span)
            implements Item {
        public Counter {
            key = List.copyOf(key);
            columns = List.copyOf(columns);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.counter(this);
        }

        /** `tries: attempts`. Whether the unit exists has not been checked. */
        public record Column(Name name, Name unit, Span span) implements Node {}
    }

    /** `rate connects per cgroup 100/s burst 200 max 1024`: token buckets for `within`. */
    record Rate(
            Name name,
            List<FieldRef> key,
            Pace pace,
            Optional<Value.Literal> burst,
            Optional<Value.Literal> max,
            Span span)
            implements Item {
        public Rate {
            key = List.copyOf(key);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.rate(this);
        }
    }

    /** A block of rules. */
    sealed interface OfRules extends Item {
        /**
         * Returns whether `monitor` precedes the block, so that it is only evaluated and recorded.
         */
        boolean monitored();

        /** Returns the first words of the block. */
        Span head();

        List<Statement> statements();
    }

    /**
     * `egress web { … }`: rules for an intent. The label distinguishes blocks of one intent in
     * reports.
     */
    record IntentBlock(
            boolean monitored, Intent intent, Optional<Name> label, Span head, List<Statement> statements, Span span)
            implements OfRules {
        public IntentBlock {
            statements = List.copyOf(statements);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.intent(this);
        }
    }

    /** `on connect4 { … }`: rules for one hook, by libbpf's name for it. */
    record HookBlock(boolean monitored, Name hook, Span head, List<Statement> statements, Span span)
            implements OfRules {
        public HookBlock {
            statements = List.copyOf(statements);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.hook(this);
        }
    }

    /** `test "sentence" { … }`: attempts and their expected results. */
    record Test(Value.Text sentence, List<TestCase> cases, Span span) implements Item {
        public Test {
            cases = List.copyOf(cases);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.test(this);
        }
    }

    /** An operation on items of any kind. */
    interface Visitor<R> {
        R requires(Requires requires);

        R answer(Answer answer);

        R ringSize(RingSize ring);

        R set(SetDeclaration set);

        R predicate(Predicate predicate);

        R include(Include include);

        R param(Param param);

        R liveSet(LiveSet set);

        R table(Table table);

        R counter(Counter counter);

        R rate(Rate rate);

        R intent(IntentBlock block);

        R hook(HookBlock block);

        R test(Test test);
    }
}
