// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ast;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.source.Span;

/**
 * One line of a test: an attempt with its params, its caller and its expected result. Without
 * attributes the caller is an ordinary one. Without `effects` only the verdict is compared; an
 * empty list states that there are none.
 *
 * @param after the time that passes before, an unchecked duration such as `500ms`
 * @param because the expected reason of the deciding rule
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

    /** `500ms`. The number has not been checked. */
    public record Duration(String text, Span span) implements Node {}

    /** A binding after `with`. */
    public sealed interface Binding extends Node {
        /** Returns the name that is bound. */
        Name name();
    }

    /** `with p = 3`: the value of a param for this attempt. */
    public record ValueBinding(Name name, Value value, Span span) implements Binding {}

    /** `with partners = { 203.0.113.9 }`: the content of a live set during the attempt. */
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
     * `uid 1000`, `comm "nginx"`, `ancestor 2 77`: a property of the caller. The value is a
     * {@link Value.Literal} or a {@link Value.Text}, and the optional index before it an unchecked
     * integer.
     */
    public record Attribute(Name name, Optional<Value.Literal> index, Value value, Span span) implements Node {}
}
