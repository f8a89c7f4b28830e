// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import java.util.List;
import java.util.Optional;
import org.antlr.v4.runtime.Token;
import org.jspecify.annotations.Nullable;
import org.ringwall.compiler.ast.Name;
import org.ringwall.compiler.ast.Probe;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.source.Span;
import org.ringwall.grammar.WallLexer;
import org.ringwall.grammar.WallParser;

/**
 * A builder of the attempts in tests. INVARIANT: as for AstBuilder, which builds the rest of the
 * tree.
 */
final class ProbeBuilder {
    private final Places places;
    private final AstBuilder rest;

    ProbeBuilder(Places places, AstBuilder rest) {
        this.places = places;
        this.rest = rest;
    }

    Probe probe(WallParser.AttemptContext ctx) {
        Span span = places.of(ctx);
        return switch (ctx.getStart().getType()) {
            case WallLexer.CONNECT -> address(Probe.Network.Action.CONNECT, ctx);
            case WallLexer.SEND -> address(Probe.Network.Action.SEND, ctx);
            case WallLexer.BIND -> address(Probe.Network.Action.BIND, ctx);
            case WallLexer.RECEIVE -> address(Probe.Network.Action.RECEIVE, ctx);
            case WallLexer.PEERNAME -> address(Probe.Network.Action.PEERNAME, ctx);
            case WallLexer.SOCKNAME -> address(Probe.Network.Action.SOCKNAME, ctx);
            case WallLexer.BOUND -> address(Probe.Network.Action.BOUND, ctx);
            case WallLexer.SOCKET ->
                new Probe.Socket(rest.name(ctx.ident(0)), rest.name(ctx.ident(1)), maybeProtocol(ctx), span);
            case WallLexer.CLOSE ->
                new Probe.Close(rest.name(ctx.ident(0)), rest.name(ctx.ident(1)), maybeProtocol(ctx), span);
            case WallLexer.OPEN -> new Probe.Open(node(ctx.deviceNode()), rest.name(ctx.ident(0)), span);
            case WallLexer.MKNOD -> new Probe.Mknod(node(ctx.deviceNode()), span);
            case WallLexer.READ -> sysctl(Probe.Sysctl.Action.READ, ctx);
            case WallLexer.WRITE -> sysctl(Probe.Sysctl.Action.WRITE, ctx);
            case WallLexer.GETSOCKOPT -> socketOption(Probe.SocketOption.Action.GET, ctx);
            case WallLexer.SETSOCKOPT -> socketOption(Probe.SocketOption.Action.SET, ctx);
            case WallLexer.PACKET -> packet(ctx);
            case WallLexer.EVENT ->
                new Probe.Event(
                        rest.name(ctx.ident(0)), endpoint(ctx.endpoint()), local(ctx.localEnd()), details(ctx), span);
            default -> throw AstBuilder.broken(ctx);
        };
    }

    private Probe address(Probe.Network.Action action, WallParser.AttemptContext ctx) {
        Name protocol = rest.name(ctx.ident(0));
        return ctx.endpoint().STRING() != null
                ? new Probe.UnixAddress(
                        action, rest.text(ctx.endpoint().STRING().getSymbol()), places.of(ctx))
                : new Probe.Network(action, protocol, endpoint(ctx.endpoint()), places.of(ctx));
    }

    private Probe.Endpoint endpoint(WallParser.EndpointContext ctx) {
        Value.Literal address = ctx.DOTTED() != null
                ? rest.literal(Value.Literal.Form.DOTTED, ctx.DOTTED().getSymbol())
                : rest.literal(Value.Literal.Form.IPV6, ctx.IPV6().getSymbol());
        return new Probe.Endpoint(address, Optional.ofNullable(ctx.integer()).map(rest::integer), places.of(ctx));
    }

    private Optional<Probe.Endpoint> local(WallParser.@Nullable LocalEndContext ctx) {
        return Optional.ofNullable(ctx).map(end -> endpoint(end.endpoint()));
    }

    private List<Probe.Detail> details(WallParser.AttemptContext ctx) {
        return ctx.option().stream()
                .map(option -> new Probe.Detail(
                        new Name(option.word().getText(), places.of(option.word())),
                        argument(option.argument()),
                        places.of(option)))
                .toList();
    }

    private Probe packet(WallParser.AttemptContext ctx) {
        Probe.Packet.Direction direction =
                ctx.INGRESS() != null ? Probe.Packet.Direction.INGRESS : Probe.Packet.Direction.EGRESS;
        return new Probe.Packet(
                direction,
                protocol(ctx.protocol()),
                endpoint(ctx.endpoint()),
                local(ctx.localEnd()),
                details(ctx),
                places.of(ctx));
    }

    private Probe sysctl(Probe.Sysctl.Action action, WallParser.AttemptContext ctx) {
        Token name = ctx.STRING().getSymbol();
        return new Probe.Sysctl(action, rest.text(name), argument(ctx.argument()), places.of(ctx));
    }

    private Probe socketOption(Probe.SocketOption.Action action, WallParser.AttemptContext ctx) {
        WallParser.SocketOptionContext which = ctx.socketOption();
        Probe.SocketOption.Option option = which.ident() != null
                ? new Probe.SocketOption.Named(rest.name(which.ident()))
                : new Probe.SocketOption.Numbered(
                        rest.integer(which.integer(0)), rest.integer(which.integer(1)), places.of(which));
        return new Probe.SocketOption(action, option, argument(ctx.argument()), places.of(ctx));
    }

    private Optional<Value> argument(WallParser.@Nullable ArgumentContext ctx) {
        return Optional.ofNullable(ctx).map(rest::argument);
    }

    private Optional<Value> maybeProtocol(WallParser.AttemptContext ctx) {
        return Optional.ofNullable(ctx.protocol()).map(this::protocol);
    }

    private Value protocol(WallParser.ProtocolContext ctx) {
        return ctx.integer() != null
                ? rest.integer(ctx.integer())
                : new Value.Reference(ctx.ident().getText(), places.of(ctx));
    }

    private Value node(WallParser.DeviceNodeContext ctx) {
        return ctx.device() != null
                ? rest.device(ctx.device())
                : rest.text(ctx.STRING().getSymbol());
    }
}
