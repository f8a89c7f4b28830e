package org.ringwall.compiler.policy;

import java.util.HexFormat;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.request.PacketMeta;
import org.ringwall.compiler.request.Request;

/** Prints requests for people and goldens. */
public final class RequestPrinter implements Request.Visitor<String> {
    private static final RequestPrinter WORDS = new RequestPrinter();

    /** How many of a packet's bytes are worth reading. */
    private static final int SHOWN = 96;

    private RequestPrinter() {}

    /** A request on one line: its hook, then its fields, then who asks. */
    public static String print(Request request) {
        if (!request.hook().inTaskContext()) {
            return request.accept(WORDS);
        }
        return request.accept(WORDS)
                + " uid %d gid %d"
                        .formatted(request.actor().uid(), request.actor().gid());
    }

    @Override
    public String atAddress(Request.AtAddress at) {
        return "%s %s port %d %s %s"
                .formatted(at.hook().word(), at.address(), at.port(), type(at.type()), protocol(at.protocol()));
    }

    @Override
    public String makeSocket(Request.MakeSocket make) {
        String options = make.mark() == 0 && make.priority() == 0 && make.boundIf() == 0
                ? ""
                : " mark %d priority %d bound_if %d".formatted(make.mark(), make.priority(), make.boundIf());
        return "%s %s %s %s"
                        .formatted(
                                make.hook().word(),
                                make.family() == 2 ? "inet" : "inet6",
                                type(make.type()),
                                protocol(make.protocol()))
                + options;
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
        return "%s %s %s".formatted(touch.hook().word(), touch.write() ? "write" : "read", touch.name());
    }

    /** The packet as bytes: what it says is for the decoders to say. */
    @Override
    public String packet(Request.Packet packet) {
        PacketMeta meta = packet.meta();
        StringBuilder text = new StringBuilder(packet.hook().word());
        if (!meta.equals(PacketMeta.plain(packet.hook()))) {
            text.append(" mark %d priority %d type %d ifindex %d ingress_ifindex %d"
                    .formatted(meta.mark(), meta.priority(), meta.type(), meta.ifindex(), meta.ingressIfindex()));
        }
        return text.append(" %04x ".formatted(packet.etherType()))
                .append(HexFormat.of().formatHex(packet.first(SHOWN)))
                .append(packet.size() > SHOWN ? "… " + packet.size() + " bytes" : "")
                .toString();
    }

    private static String type(int number) {
        return SocketType.of(number).map(SocketType::word).orElse(Integer.toString(number));
    }

    private static String protocol(int number) {
        return IpProtocol.of(number).map(IpProtocol::word).orElse(Integer.toString(number));
    }
}
