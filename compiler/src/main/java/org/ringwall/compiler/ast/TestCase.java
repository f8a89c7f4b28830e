package org.ringwall.compiler.ast;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.source.Span;

/** One line of a test: an attempt, under which parameters and as whom, and what becomes of it. */
public record TestCase(Probe probe, List<Binding> bindings, Optional<Identity> identity, Verdict expected, Span span)
        implements Node {
    public TestCase {
        bindings = List.copyOf(bindings);
    }

    /** `with p = 3`: the value of a parameter for this attempt. */
    public record Binding(Name param, Value value, Span span) implements Node {}

    /** `as uid 1000 gid 5`: who attempts. */
    public record Identity(Value.Literal uid, Optional<Value.Literal> gid, Span span) implements Node {}
}
