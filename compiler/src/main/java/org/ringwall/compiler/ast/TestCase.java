package org.ringwall.compiler.ast;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.source.Span;

/**
 * One line of a test: an attempt, under which parameters and as whom, and what becomes of it. No attributes stand for an
 * ordinary caller; without `effects` only the verdict is compared, and an empty list says that there are none.
 */
public record TestCase(
        Probe probe,
        List<Binding> bindings,
        List<Attribute> identity,
        Verdict expected,
        Optional<List<Effect>> effects,
        Span span)
        implements Node {
    public TestCase {
        bindings = List.copyOf(bindings);
        identity = List.copyOf(identity);
        effects = effects.map(List::copyOf);
    }

    /** `with p = 3`: the value of a parameter for this attempt. */
    public record Binding(Name param, Value value, Span span) implements Node {}

    /**
     * `uid 1000`, `comm "nginx"`, `ancestor 2 77`: one thing about who attempts. The value is a {@link Value.Literal} or
     * a {@link Value.Text}, and the index in front of it, where there is one, a loose integer.
     */
    public record Attribute(Name name, Optional<Value.Literal> index, Value value, Span span) implements Node {}
}
