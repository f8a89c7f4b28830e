// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import java.util.List;
import java.util.Optional;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.TerminalNode;
import org.jspecify.annotations.Nullable;
import org.ringwall.compiler.ast.Element;
import org.ringwall.compiler.ast.FieldRef;
import org.ringwall.compiler.ast.Item;
import org.ringwall.compiler.ast.Pace;
import org.ringwall.compiler.ast.Probe;
import org.ringwall.compiler.ast.SetExpr;
import org.ringwall.compiler.ast.TestCase;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.ast.Verdict;
import org.ringwall.grammar.WallParser;

/**
 * A builder of the forms for state: declarations, destinations of redirects, and bindings of tests.
 * INVARIANT: as for AstBuilder.
 */
final class StateBuilder {
    private final Places places;
    private final AstBuilder rest;

    StateBuilder(Places places, AstBuilder rest) {
        this.places = places;
        this.rest = rest;
    }

    Item item(WallParser.ItemContext ctx) {
        if (ctx.liveSet() != null) {
            return liveSet(ctx.liveSet());
        } else if (ctx.table() != null) {
            return table(ctx.table());
        }
        return ctx.counter() != null ? counter(ctx.counter()) : rate(ctx.rate());
    }

    private Item.LiveSet liveSet(WallParser.LiveSetContext ctx) {
        return new Item.LiveSet(
                rest.name(ctx.ident(0)),
                rest.name(ctx.ident(1)),
                Optional.ofNullable(ctx.setExpr()).map(rest::set),
                rest.integer(ctx.integer()),
                places.of(ctx));
    }

    private Item.Table table(WallParser.TableContext ctx) {
        return new Item.Table(
                rest.name(ctx.ident()),
                key(ctx.key()),
                set(ctx.plainSet(0)),
                set(ctx.plainSet(1)),
                rest.integer(ctx.integer(0)),
                Optional.ofNullable(ctx.integer(1)).map(rest::integer),
                Optional.ofNullable(ctx.place()).map(this::place),
                places.of(ctx));
    }

    private Item.Counter counter(WallParser.CounterContext ctx) {
        List<Item.Counter.Column> columns = ctx.column().stream()
                .map(column -> new Item.Counter.Column(
                        rest.name(column.ident(0)), rest.name(column.ident(1)), places.of(column)))
                .toList();
        return new Item.Counter(
                rest.name(ctx.ident()),
                ctx.key() == null ? List.of() : key(ctx.key()),
                columns,
                Optional.ofNullable(ctx.integer()).map(rest::integer),
                ctx.LRU() != null,
                places.of(ctx));
    }

    private Item.Rate rate(WallParser.RateContext ctx) {
        boolean burst = ctx.BURST() != null;
        return new Item.Rate(
                rest.name(ctx.ident()),
                ctx.fieldRef().stream().map(rest::field).toList(),
                new Pace(ctx.PACE().getText(), places.of(ctx.PACE().getSymbol())),
                burst ? number(ctx.integer(0)) : Optional.empty(),
                number(ctx.integer(burst ? 1 : 0)),
                places.of(ctx));
    }

    private Optional<Value.Literal> number(WallParser.@Nullable IntegerContext ctx) {
        return Optional.ofNullable(ctx).map(rest::integer);
    }

    private List<FieldRef> key(WallParser.KeyContext ctx) {
        return ctx.fieldRef().stream().map(rest::field).toList();
    }

    private SetExpr set(WallParser.PlainSetContext ctx) {
        List<SetExpr.Group> groups = ctx.plainTerm().stream().map(this::group).toList();
        return new SetExpr(groups.get(0), groups.subList(1, groups.size()), places.of(ctx));
    }

    private SetExpr.Group group(WallParser.PlainTermContext ctx) {
        if (ctx.LB() != null) {
            return new SetExpr.Group(ctx.element().stream().map(rest::element).toList(), places.of(ctx));
        }
        if (ctx.listFile() != null) {
            return new SetExpr.Group(List.of(rest.list(ctx.listFile())), places.of(ctx));
        }
        Value first = rest.scalar(ctx.scalar(0));
        Element only = ctx.DOTDOT() == null
                ? new Element.Single(first, places.of(ctx))
                : new Element.Range(first, rest.scalar(ctx.scalar(1)), places.of(ctx));
        return new SetExpr.Group(List.of(only), places.of(ctx));
    }

    Verdict.Destination destination(WallParser.DestinationContext ctx) {
        if (ctx.dotted() != null) {
            Optional<List<FieldRef>> key = Optional.ofNullable(ctx.key()).map(this::key);
            return new Verdict.Entry(rest.name(ctx.dotted().ident(0)), key, places.of(ctx));
        }
        Value port = ctx.integer() != null
                ? rest.integer(ctx.integer())
                : new Value.Reference(ctx.ident().getText(), places.of(ctx.ident()));
        return new Verdict.Place(address(ctx.DOTTED(), ctx.IPV6()), port, places.of(ctx));
    }

    private Value.Literal address(@Nullable TerminalNode dotted, @Nullable TerminalNode ipv6) {
        Token token = dotted != null ? dotted.getSymbol() : ipv6 != null ? ipv6.getSymbol() : null;
        if (token == null) {
            throw new IllegalStateException("a destination without an address came through");
        }
        Value.Literal.Form form = dotted != null ? Value.Literal.Form.DOTTED : Value.Literal.Form.IPV6;
        return rest.literal(form, token);
    }

    Probe.Endpoint place(WallParser.PlaceContext ctx) {
        return new Probe.Endpoint(
                address(ctx.DOTTED(), ctx.IPV6()), Optional.of(rest.integer(ctx.integer())), places.of(ctx));
    }

    TestCase.Duration duration(WallParser.AfterContext ctx) {
        return new TestCase.Duration(
                ctx.DURATION().getText(), places.of(ctx.DURATION().getSymbol()));
    }

    TestCase.Binding binding(WallParser.BindingContext ctx) {
        List<WallParser.MemberContext> members = ctx.content().member();
        if (ctx.LS() != null) {
            return new TestCase.EntryBinding(
                    rest.name(ctx.ident()),
                    ctx.value().stream().map(rest::value).toList(),
                    members.stream().map(member -> place(member.place())).toList(),
                    places.of(ctx));
        }
        List<Element> elements =
                members.stream().map(member -> rest.element(member.element())).toList();
        boolean one = ctx.content().LB() == null && elements.get(0) instanceof Element.Single;
        return one
                ? new TestCase.ValueBinding(
                        rest.name(ctx.ident()), ((Element.Single) elements.get(0)).value(), places.of(ctx))
                : new TestCase.MemberBinding(
                        rest.name(ctx.ident()), new SetExpr.Group(elements, places.of(ctx.content())), places.of(ctx));
    }
}
