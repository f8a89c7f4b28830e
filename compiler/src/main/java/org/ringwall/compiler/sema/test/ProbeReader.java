// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.test;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.AddressCall;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.ast.Name;
import org.ringwall.compiler.ast.Probe;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.DeviceRange;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.sema.rule.VerdictReader;
import org.ringwall.compiler.sema.text.AddressSpan;
import org.ringwall.compiler.sema.text.AddressText;
import org.ringwall.compiler.sema.text.Constants;
import org.ringwall.compiler.sema.text.DeviceText;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.NumberText;
import org.ringwall.compiler.sema.text.SysctlText;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.U128;

/**
 * A reader of attempts: it returns the requests in the order in which the kernel invokes the hooks;
 * empty after a report.
 */
final class ProbeReader implements Probe.Visitor<Optional<List<Request>>> {
    /** The protocols whose bind invokes a hook although their connect does not. */
    private static final Set<IpProtocol> BINDING = EnumSet.of(IpProtocol.DCCP, IpProtocol.UDPLITE);

    private final Actor actor;
    private final VerdictReader verdicts;
    private final Findings findings;
    private final ByteOrder order;

    ProbeReader(Actor actor, ByteOrder order, VerdictReader verdicts, Findings findings) {
        this.order = order;
        this.actor = actor;
        this.verdicts = verdicts;
        this.findings = findings;
    }

    @Override
    public Optional<List<Request>> network(Probe.Network network) {
        Optional<IpProtocol> protocol = word(network.protocol(), FieldType.PROTOCOL, "protocol")
                .flatMap(number -> IpProtocol.of(number.intValue()));
        Optional<RawAddress> address = address(network.endpoint().address());
        Value.Literal portText = network.endpoint().port().orElseThrow();
        Optional<Long> port = NumberText.read(portText.text(), FieldType.PORT).orReport(findings, portText.span());
        if (protocol.isEmpty() || address.isEmpty() || port.isEmpty()) {
            return Optional.empty();
        }
        SocketType type = type(protocol.get());
        if (network.action() == Probe.Network.Action.SEND && type != SocketType.DGRAM) {
            findings.add(Diagnostic.of(
                            Code.BAD_SOCKET,
                            network.protocol().span(),
                            "`send` sends a datagram, but `%s` has no datagrams"
                                    .formatted(network.protocol().text()))
                    .help("write `connect %s %s`"
                            .formatted(
                                    network.protocol().text(),
                                    network.endpoint().span().text())));
            return Optional.empty();
        }
        if (!isPartOfMaking(network.action())) {
            return later(network, address.get(), port.get().intValue(), protocol.get(), type);
        }
        List<Request> requests = new ArrayList<>();
        AddressFamily family = address.get().isV4() ? AddressFamily.INET : AddressFamily.INET6;
        requests.add(socket(family.number(), type.number(), protocol.get().number()));
        if (asksAboutAddress(network.action(), protocol.get())) {
            requests.add(atAddress(network.action(), address.get(), port.get().intValue(), protocol.get(), type));
        }
        return Optional.of(requests);
    }

    /** Whether the attempt begins with the creation of a socket; the others use an existing one. */
    private static boolean isPartOfMaking(Probe.Network.Action action) {
        return switch (action) {
            case CONNECT, SEND, BIND -> true;
            case RECEIVE, PEERNAME, SOCKNAME, BOUND -> false;
        };
    }

    /** Returns the request of an existing socket. */
    private Optional<List<Request>> later(
            Probe.Network network, RawAddress address, int port, IpProtocol protocol, SocketType type) {
        if (!asksAboutAddress(network.action(), protocol)) {
            findings.add(Diagnostic.of(
                            Code.BAD_SOCKET,
                            network.protocol().span(),
                            "the kernel invokes no program for `%s %s`"
                                    .formatted(
                                            network.action().word(),
                                            network.protocol().text()))
                    .help("remove this line, or write another protocol, such as `udp`"));
            return Optional.empty();
        }
        return Optional.of(List.of(atAddress(network.action(), address, port, protocol, type)));
    }

    /**
     * Whether the kernel invokes a hook for the address. Connect does if the protocol has a
     * `pre_connect` that does (such as `ping_v4_pre_connect`; UDP-Lite has none). Send does in
     * `udp_sendmsg` and `udpv6_sendmsg`. Bind and post_bind do in `inet_bind_sk`, unless the
     * protocol has its own `bind`, as SCTP and ping sockets do. Receive does in `udp_recvmsg` and
     * `udpv6_recvmsg`, and the names in `inet_getname` and `inet6_getname`.
     */
    private static boolean asksAboutAddress(Probe.Network.Action action, IpProtocol protocol) {
        boolean ping = protocol == IpProtocol.ICMP || protocol == IpProtocol.ICMPV6;
        return switch (action) {
            case CONNECT -> protocol.passesConnectHooks() || ping;
            case SEND -> protocol == IpProtocol.UDP || protocol == IpProtocol.UDPLITE;
            case BIND -> protocol.passesConnectHooks() || BINDING.contains(protocol);
            case BOUND -> protocol.passesConnectHooks() || BINDING.contains(protocol);
            case RECEIVE -> protocol == IpProtocol.UDP || protocol == IpProtocol.UDPLITE;
            case PEERNAME, SOCKNAME -> true;
        };
    }

    private Request atAddress(
            Probe.Network.Action action, RawAddress address, int port, IpProtocol protocol, SocketType type) {
        // udpv6_sendmsg calls udp_sendmsg for an IPv4-mapped destination before its own hook, so
        // sendmsg4 is invoked.
        AddressCall call = call(action);
        RawAddress destination =
                call == AddressCall.SENDMSG && address.normalised().isV4()
                        ? new RawAddress(true, address.normalised().bits())
                        : address;
        Hook hook = Hook.of(call, destination.isV4() ? AddressFamily.INET : AddressFamily.INET6)
                .orElseThrow();
        // mptcp_connect and mptcp_bind delegate to the TCP subflow, for which the hooks are
        // invoked.
        int number = protocol == IpProtocol.MPTCP && !call.isOfName() ? IpProtocol.TCP.number() : protocol.number();
        if (call == AddressCall.POST_BIND) {
            return new Request.Bound(hook, destination, port, number, type.number(), actor);
        }
        return new Request.AtAddress(hook, destination, port, number, type.number(), actor);
    }

    private static AddressCall call(Probe.Network.Action action) {
        return switch (action) {
            case CONNECT -> AddressCall.CONNECT;
            case SEND -> AddressCall.SENDMSG;
            case BIND -> AddressCall.BIND;
            case RECEIVE -> AddressCall.RECVMSG;
            case PEERNAME -> AddressCall.GETPEERNAME;
            case SOCKNAME -> AddressCall.GETSOCKNAME;
            case BOUND -> AddressCall.POST_BIND;
        };
    }

    private Optional<RawAddress> address(Value.Literal literal) {
        return address(literal, findings);
    }

    /** Reads one address as written, mapped or not. */
    static Optional<RawAddress> address(Value.Literal literal, Findings findings) {
        Optional<AddressSpan> span = AddressText.read(literal.text()).orReport(findings, literal.span());
        if (span.filter(AddressSpan::prefix).isPresent()) {
            findings.add(Diagnostic.of(Code.SEVERAL, literal.span(), "an attempt has one address, but this is a prefix")
                    .help("write one of its addresses, as in `%s`"
                            .formatted(span.get().first())));
            return Optional.empty();
        }
        return span.map(AddressSpan::first);
    }

    private static SocketType type(IpProtocol protocol) {
        return switch (protocol) {
            case UDP, UDPLITE, ICMP, ICMPV6 -> SocketType.DGRAM;
            case DCCP -> SocketType.DCCP;
            default -> SocketType.STREAM;
        };
    }

    private Request socket(long family, long type, long protocol) {
        return new Request.MakeSocket((int) family, (int) type, (int) protocol, actor);
    }

    @Override
    public Optional<List<Request>> socket(Probe.Socket socket) {
        Optional<Long> family = family(socket.family());
        Optional<Long> type = word(socket.type(), FieldType.SOCKET_TYPE, "socket type");
        if (socket.protocol().isPresent()) {
            Optional<Long> protocol = protocol(socket.protocol().get());
            if (protocol.isEmpty() || protocol.get() != 0) {
                return protocol.flatMap(number -> made(family, type, number));
            }
        }
        return type.flatMap(number -> resolved(number, socket.span())).flatMap(number -> made(family, type, number));
    }

    private Optional<List<Request>> made(Optional<Long> family, Optional<Long> type, long protocol) {
        return family.flatMap(domain -> type.map(kind -> List.of(socket(domain, kind, protocol))));
    }

    /**
     * Only `inet_create` and `inet6_create` invoke the hook, so sockets of other families never do.
     */
    private Optional<Long> family(Name name) {
        if (Set.of("unix", "netlink", "packet", "vsock", "bluetooth", "can", "alg")
                .contains(name.text())) {
            findings.add(Diagnostic.of(
                            Code.BAD_SOCKET,
                            name.span(),
                            "the kernel invokes no program for `%s` sockets".formatted(name.text()))
                    .help("write `inet` or `inet6`; use a seccomp filter to deny others"));
            return Optional.empty();
        }
        return word(name, FieldType.FAMILY, "family");
    }

    private Optional<Long> protocol(Value value) {
        if (value instanceof Value.Literal literal) {
            return NumberText.read(literal.text(), FieldType.PROTOCOL).orReport(findings, literal.span());
        }
        return word(new Name(((Value.Reference) value).name(), value.span()), FieldType.PROTOCOL, "protocol");
    }

    /**
     * Resolves protocol 0 as `inet_create` does: the first protocol of the type's list; a raw
     * socket has none.
     */
    private Optional<Long> resolved(long type, Span at) {
        Optional<IpProtocol> first = switch (SocketType.of((int) type).orElseThrow()) {
            case STREAM -> Optional.of(IpProtocol.TCP);
            case DGRAM -> Optional.of(IpProtocol.UDP);
            case SEQPACKET -> Optional.of(IpProtocol.SCTP);
            case DCCP -> Optional.of(IpProtocol.DCCP);
            case RAW, RDM, PACKET -> Optional.empty();
        };
        if (first.isEmpty()) {
            findings.add(Diagnostic.of(Code.BAD_SOCKET, at, "a raw socket needs a protocol")
                    .help("write it after the type, as in `socket inet raw icmp`"));
        }
        return first.map(protocol -> (long) protocol.number());
    }

    private Optional<Long> word(Name name, FieldType type, String what) {
        Optional<Long> number = Constants.number(name.text(), type);
        if (number.isEmpty()) {
            findings.add(Diagnostic.of(
                            Code.UNKNOWN_NAME, name.span(), "there is no %s `%s`".formatted(what, name.text()))
                    .help(DidYouMean.help(name.text(), Constants.words(type))
                            .orElse("write one of `%s`".formatted(String.join("`, `", Constants.words(type))))));
        }
        return number;
    }

    @Override
    public Optional<List<Request>> open(Probe.Open open) {
        Optional<Set<Request.Access>> access =
                verdicts.access(open.access(), EnumSet.of(Request.Access.READ, Request.Access.WRITE));
        return device(open.device()).flatMap(device -> access.map(bits -> touch(device, bits)));
    }

    @Override
    public Optional<List<Request>> mknod(Probe.Mknod mknod) {
        return device(mknod.device()).map(device -> touch(device, EnumSet.of(Request.Access.MKNOD)));
    }

    private List<Request> touch(DeviceRange device, Set<Request.Access> access) {
        return List.of(new Request.TouchDevice(
                device.type(),
                device.majors().low().toLongExact(),
                device.minors().low().toLongExact(),
                access,
                actor));
    }

    private Optional<DeviceRange> device(Value value) {
        Optional<DeviceRange> range = value instanceof Value.Device device
                ? DeviceText.numbers(device, findings)
                : DeviceText.path(((Value.Text) value).value()).orReport(findings, value.span());
        if (range.isPresent()
                && !(isOne(range.get().majors().low(), range.get().majors().high())
                        && isOne(
                                range.get().minors().low(), range.get().minors().high()))) {
            findings.add(Diagnostic.of(Code.SEVERAL, value.span(), "an attempt has one device")
                    .help("write its two numbers, as in `char 1:3`"));
            return Optional.empty();
        }
        return range;
    }

    private static boolean isOne(U128 low, U128 high) {
        return low.equals(high);
    }

    @Override
    public Optional<List<Request>> sysctl(Probe.Sysctl sysctl) {
        boolean write = switch (sysctl.action()) {
            case READ -> false;
            case WRITE -> true;
        };
        return SysctlText.probed(sysctl.name().value())
                .orReport(findings, sysctl.name().span())
                .flatMap(name -> sysctl.value().isPresent()
                        ? written(name, sysctl.value().get())
                        : Optional.of(List.of(new Request.TouchSysctl(name, write, actor))));
    }

    private Optional<List<Request>> written(String name, Value value) {
        if (!(value instanceof Value.Text) && !(value instanceof Value.Literal)) {
            findings.add(Diagnostic.of(Code.BAD_PROBE, value.span(), "the written value must be a string")
                    .help("write it in quotes, as in `write \"kernel/hostname\" = \"web\"`"));
            return Optional.empty();
        }
        String text = value instanceof Value.Text quoted ? quoted.value() : ((Value.Literal) value).text();
        Request.TouchSysctl.Write write = new Request.TouchSysctl.Write(Optional.of(ByteString.of(text)), 0);
        return Optional.of(List.of(new Request.TouchSysctl(name, Optional.empty(), Optional.of(write), actor)));
    }

    @Override
    public Optional<List<Request>> unixAddress(Probe.UnixAddress address) {
        return Hook.of(call(address.action()), AddressFamily.UNIX)
                .map(hook -> UnixProbe.read(address, hook, actor, findings))
                .orElseGet(() -> noUnixBind(address));
    }

    private Optional<List<Request>> noUnixBind(Probe.UnixAddress address) {
        findings.add(Diagnostic.of(
                        Code.BAD_PROBE, address.span(), "the kernel invokes no program when a Unix socket is bound")
                .help("remove it; write `connect unix` or `send unix`"));
        return Optional.empty();
    }

    @Override
    public Optional<List<Request>> close(Probe.Close close) {
        return socket(new Probe.Socket(close.family(), close.type(), close.protocol(), close.span()))
                .map(made -> (Request.MakeSocket) made.get(0))
                .map(made -> List.of(
                        new Request.ReleaseSocket(made.family(), made.type(), made.protocol(), Map.of(), actor)));
    }

    @Override
    public Optional<List<Request>> socketOption(Probe.SocketOption option) {
        return new OptionProbe(actor, order, findings).read(option);
    }

    @Override
    public Optional<List<Request>> packet(Probe.Packet packet) {
        return new PacketProbe(packet, actor, findings).read();
    }

    @Override
    public Optional<List<Request>> event(Probe.Event event) {
        return new EventReader(actor, findings).read(event);
    }
}
