// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.bpf.kernel.SocketOption;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.PacketMeta;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.value.U128;

/** A printer of requests for people and golden files. */
public final class RequestPrinter implements Request.Visitor<String> {
    private static final RequestPrinter WORDS = new RequestPrinter();

    /** The maximum number of bytes of an option's value that are printed. */
    private static final int SHOWN = 16;
    /** The maximum number of bytes of a packet that are printed. */
    private static final int SHOWN_OF_PACKET = 96;

    private RequestPrinter() {}

    /** Prints a request on one line: its hook, its fields, and its caller. */
    public static String print(Request request) {
        String what = request.accept(WORDS);
        Actor actor = request.actor();
        if (request.maker().isEmpty()) {
            return what + " unstamped"
                    + (actor.cookie() == Actor.ORDINARY.cookie()
                            ? ""
                            : " cookie " + Long.toUnsignedString(actor.cookie()));
        }
        boolean identified = HookFields.at(request.hook()).contains(Field.UID);
        return identified ? what + " uid %d gid %d".formatted(actor.uid(), actor.gid()) + actor.unusual() : what;
    }

    @Override
    public String atAddress(Request.AtAddress at) {
        boolean any = at.source().bits().equals(U128.ZERO);
        String dual = at.dual()
                .map(socket -> " inet6 %s %s port %d"
                        .formatted(
                                socket.state() == Request.DualStack.CONNECTED ? "connected to" : "once connected to",
                                socket.remote(),
                                socket.port()))
                .orElse("");
        return "%s %s port %d%s %s %s%s"
                .formatted(
                        at.hook().word(),
                        at.address(),
                        at.port(),
                        any ? "" : " from " + at.source(),
                        type(at.type()),
                        protocol(at.protocol()),
                        dual);
    }

    @Override
    public String makeSocket(Request.MakeSocket make) {
        return socket(make);
    }

    @Override
    public String touchDevice(Request.TouchDevice touch) {
        String access = touch.access().isEmpty()
                ? "existence"
                : touch.access().stream()
                        .map(one -> String.valueOf(one.letter()))
                        .collect(Collectors.joining());
        return "%s %s %d:%d %s"
                .formatted(
                        touch.hook().word(),
                        touch.type() == 1 ? "block" : "char",
                        touch.major(),
                        touch.minor(),
                        access);
    }

    @Override
    public String touchSysctl(Request.TouchSysctl touch) {
        String content =
                touch.content().map(text -> " that holds \"" + text + '"').orElse("");
        String written = touch.written()
                .flatMap(Request.TouchSysctl.Write::text)
                .map(text -> " = \"" + text + '"')
                .orElse("");
        String position = touch.written()
                .filter(write -> write.position() != 0)
                .map(write -> " at " + write.position())
                .orElse("");
        return "%s %s %s".formatted(touch.hook().word(), touch.write() ? "write" : "read", touch.name())
                + content
                + written
                + position;
    }

    @Override
    public String bound(Request.Bound bound) {
        return "%s %s port %d %s %s"
                .formatted(
                        bound.hook().word(),
                        bound.address(),
                        bound.port(),
                        type(bound.type()),
                        protocol(bound.protocol()));
    }

    @Override
    public String releaseSocket(Request.ReleaseSocket socket) {
        return socket(socket);
    }

    private static String socket(Request.OfSocket socket) {
        return "%s %s %s %s"
                        .formatted(
                                socket.hook().word(),
                                socket.family() == 2 ? "inet" : "inet6",
                                type(socket.type()),
                                protocol(socket.protocol()))
                + numbers(socket.numbers());
    }

    /** Prints numbers by their names in the kernel's struct. */
    private static String numbers(Map<String, Long> numbers) {
        return numbers.entrySet().stream()
                .map(entry -> " " + entry.getKey() + " " + Long.toUnsignedString(entry.getValue()))
                .collect(Collectors.joining());
    }

    @Override
    public String tcpEvent(Request.TcpEvent event) {
        return "%s %s %s port %d local %s port %d%s"
                        .formatted(
                                event.hook().word(),
                                event.event().word(),
                                event.remote().address(),
                                event.remote().port(),
                                event.local().address(),
                                event.local().port(),
                                numbers(event.numbers()))
                + (event.event() == SockOpsEvent.TCP_CLOSED ? closing(event.closing()) : "");
    }

    private static String closing(Request.TcpEvent.Closing closing) {
        return (closing.seen() ? "" : " unseen")
                + (closing.syn() ? " syn" : "")
                + (closing.finReceived() ? " fin received" : "")
                + " write_seq " + closing.writeSeq();
    }

    @Override
    public String useOption(Request.UseOption use) {
        String option = SocketOption.of(use.level(), use.optname())
                .map(Enum::name)
                .orElse(Integer.toUnsignedString(use.level()) + ":" + Integer.toUnsignedString(use.optname()));
        String value = use.value().first(Math.min(use.value().size(), SHOWN)).hex();
        String shown = value.isEmpty() ? "" : " value " + value + (use.value().size() > SHOWN ? "..." : "");
        return "%s %s optlen %d%s".formatted(use.hook().word(), option, use.optlen(), shown)
                + (use.hook() == Hook.GETSOCKOPT ? " retval " + use.retval() : "");
    }

    @Override
    public String atPath(Request.AtPath at) {
        return "%s %s %s"
                .formatted(
                        at.hook().word(), type(at.type()), at.path().size() == 0 ? "unnamed" : "\"" + at.path() + '"');
    }

    /** Prints the packet as bytes, without decoding it. */
    @Override
    public String packet(Request.Packet packet) {
        PacketMeta meta = packet.meta();
        StringBuilder text = new StringBuilder(packet.hook().word());
        if (!meta.equals(PacketMeta.plain(packet.hook()))) {
            text.append(numbers(meta.numbers()));
        }
        return text.append(" %04x ".formatted(packet.etherType()))
                .append(HexFormat.of().formatHex(packet.first(SHOWN_OF_PACKET)))
                .append(packet.size() > SHOWN_OF_PACKET ? "… " + packet.size() + " bytes" : "")
                .toString();
    }

    private static String type(int number) {
        return SocketType.of(number).map(SocketType::word).orElse(Integer.toString(number));
    }

    private static String protocol(int number) {
        return IpProtocol.of(number).map(IpProtocol::word).orElse(Integer.toString(number));
    }
}
