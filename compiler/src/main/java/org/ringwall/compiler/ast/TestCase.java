package org.ringwall.compiler.ast;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.source.Span;

/**
 * One line of a test: an attempt, under which parameters and as whom, and what becomes of it. No attributes stand for an
 * ordinary caller; without `effects` only the verdict is compared, and an empty list says that there are none.
 *
 * @param after how long before it nothing happens, a loose duration as `500ms`
 * @param because the reason that the deciding rule must have
 */
public record TestCase(
        Optional<Duration> after,
        Probe probe,
        List<Binding> bindings,
        List<Attribute> identity,
        Verdict expected,
        Optional<Value.Text> because,
        Optional<List<Effect>> effects,
        Span span)
        implements Node {
    public TestCase {
        bindings = List.copyOf(bindings);
        identity = List.copyOf(identity);
        effects = effects.map(List::copyOf);
    }

    /** `500ms`; its number is not yet known to fit. */
    public record Duration(String text, Span span) implements Node {}

    /** What stands behind `with`. */
    public sealed interface Binding extends Node {
        /** What has this value or content. */
        Name name();
    }

    /** `with p = 3`: the value of a parameter for this attempt. */
    public record ValueBinding(Name name, Value value, Span span) implements Binding {}

    /** `with partners = { 203.0.113.9 }`: what a live set holds when the attempt is made. */
    public record MemberBinding(Name name, SetExpr.Group members, Span span) implements Binding {}

    /** `with backends[192.0.2.1, 80] = { 10.0.0.5:8080, 10.0.0.6:8080 }`: one entry of a table. */
    public record EntryBinding(Name name, List<Value> key, List<Probe.Endpoint> destinations, Span span)
            implements Binding {
        public EntryBinding {
            key = List.copyOf(key);
            destinations = List.copyOf(destinations);
        }
    }

    /**
     * `uid 1000`, `comm "nginx"`, `ancestor 2 77`: one thing about who attempts. The value is a {@link Value.Literal} or
     * a {@link Value.Text}, and the index in front of it, where there is one, a loose integer.
     */
    public record Attribute(Name name, Optional<Value.Literal> index, Value value, Span span) implements Node {}
}
