// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.bpf.kernel.SocketLevel;
import org.ringwall.bpf.kernel.SocketOption;
import org.ringwall.bpf.kernel.SocketOption.Place;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.ast.Name;
import org.ringwall.compiler.ast.Probe;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.NumberText;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.value.ByteString;

/**
 * Attempts to use a socket option, on a socket of the option's level, whose creation is the first
 * request.
 */
final class OptionProbe {
    /** The maximum length of an attempt's value: what a program sees of one. */
    private static final int LONGEST = 4096;

    /**
     * The minimum size of the buffer that a setsockopt program sees:
     * `__cgroup_bpf_run_filter_setsockopt`.
     */
    private static final int SHORTEST = 16;

    private static final int SOCKADDR_IN6 = 28;

    private final Actor actor;
    private final ByteOrder order;
    private final Findings findings;

    OptionProbe(Actor actor, ByteOrder order, Findings findings) {
        this.actor = actor;
        this.order = order;
        this.findings = findings;
    }

    Optional<List<Request>> read(Probe.SocketOption attempt) {
        Optional<Place> place = attempt.option() instanceof Probe.SocketOption.Numbered numbered
                ? place(numbered)
                : place(((Probe.SocketOption.Named) attempt.option()).name());
        Optional<byte[]> value =
                attempt.value().isPresent() ? value(attempt.value().get()) : Optional.of(new byte[4]);
        return place.flatMap(option -> value.map(bytes -> requests(attempt.action(), option, bytes)));
    }

    private List<Request> requests(Probe.SocketOption.Action action, Place place, byte[] value) {
        List<Request> requests = new ArrayList<>();
        socket(place.level()).ifPresent(requests::add);
        requests.add(
                switch (action) {
                    case GET ->
                        SocketOption.SO_ORIGINAL_DST.places().contains(place)
                                ? untracked(place)
                                : use(Hook.GETSOCKOPT, place, value, value.length);
                    case SET -> use(Hook.SETSOCKOPT, place, value, Math.max(SHORTEST, value.length));
                });
        return requests;
    }

    private Request use(Hook hook, Place place, byte[] value, int room) {
        return new Request.UseOption(
                hook, place.level(), place.number(), value.length, ByteString.of(value, room), order, 0, actor);
    }

    /**
     * Returns the request if the kernel tracks no connections and the caller's buffer fits any
     * address.
     */
    private Request untracked(Place place) {
        return new Request.UseOption(
                Hook.GETSOCKOPT,
                place.level(),
                place.number(),
                SOCKADDR_IN6,
                ByteString.of(new byte[SOCKADDR_IN6]),
                order,
                -Errno.ENOPROTOOPT.number(),
                actor);
    }

    private Optional<Place> place(Probe.SocketOption.Numbered numbered) {
        Optional<Long> level = NumberText.read(numbered.level().text(), FieldType.SOCKET_LEVEL)
                .orReport(findings, numbered.level().span());
        Optional<Long> number = NumberText.read(numbered.number().text(), FieldType.INT)
                .orReport(findings, numbered.number().span());
        return level.flatMap(high -> number.map(low -> new Place(high.intValue(), low.intValue())));
    }

    private Optional<Place> place(Name name) {
        Optional<SocketOption> option = SocketOption.ofName(name.text());
        if (option.isEmpty()) {
            List<String> names =
                    Arrays.stream(SocketOption.values()).map(Enum::name).toList();
            findings.add(
                    Diagnostic.of(
                                    Code.UNKNOWN_NAME,
                                    name.span(),
                                    "there is no socket option `%s`".formatted(name.text()))
                            .help(
                                    DidYouMean.help(name.text(), names)
                                            .orElse(
                                                    "write its name in the kernel headers, as in `SO_MARK`, or its level and number, as in `1:36`")));
        }
        return option.map(found -> found.places().get(0));
    }

    /** Returns a number as an `int` in the byte order of the tests, or a string without a NUL. */
    private Optional<byte[]> value(Value value) {
        if (value instanceof Value.Text text) {
            byte[] bytes = text.value().getBytes(StandardCharsets.UTF_8);
            if (bytes.length <= LONGEST) {
                return Optional.of(bytes);
            }
            return bad(value, "has %d bytes".formatted(bytes.length), "write at most %d bytes".formatted(LONGEST));
        }
        if (value instanceof Value.Literal literal && literal.form() == Value.Literal.Form.INTEGER) {
            return NumberText.read(literal.text(), FieldType.INT)
                    .orReport(findings, literal.span())
                    .map(number -> ByteBuffer.allocate(Integer.BYTES)
                            .order(order)
                            .putInt(number.intValue())
                            .array());
        }
        return bad(
                value,
                "is neither a number nor a string",
                "write a number, as in `= 1`, or a string, as in `= \"lo\"`");
    }

    private Optional<byte[]> bad(Value value, String what, String help) {
        findings.add(Diagnostic.of(Code.BAD_PROBE, value.span(), "the value of a socket option " + what)
                .help(help));
        return Optional.empty();
    }

    /**
     * Returns the creation of the socket; empty for options of families whose sockets are created
     * without invoking a hook.
     */
    private Optional<Request> socket(int level) {
        return switch (SocketLevel.of(level).orElse(SocketLevel.SOCKET)) {
            case SOCKET, IP, TCP, TLS -> made(AddressFamily.INET, SocketType.STREAM, IpProtocol.TCP);
            case UDP -> made(AddressFamily.INET, SocketType.DGRAM, IpProtocol.UDP);
            case UDPLITE -> made(AddressFamily.INET, SocketType.DGRAM, IpProtocol.UDPLITE);
            case IPV6 -> made(AddressFamily.INET6, SocketType.STREAM, IpProtocol.TCP);
            case ICMPV6 -> made(AddressFamily.INET6, SocketType.RAW, IpProtocol.ICMPV6);
            case RAW -> made(AddressFamily.INET, SocketType.RAW, IpProtocol.ICMP);
            case SCTP -> made(AddressFamily.INET, SocketType.STREAM, IpProtocol.SCTP);
            case MPTCP -> made(AddressFamily.INET, SocketType.STREAM, IpProtocol.MPTCP);
            case PACKET, NETLINK, ALG, XDP, VSOCK -> Optional.empty();
        };
    }

    private Optional<Request> made(AddressFamily family, SocketType type, IpProtocol protocol) {
        return Optional.of(new Request.MakeSocket(family.number(), type.number(), protocol.number(), actor));
    }
}
