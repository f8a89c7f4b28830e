package org.ringwall.compiler.testing;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.request.Actor;
import org.ringwall.compiler.request.PacketMeta;
import org.ringwall.compiler.request.RawAddress;
import org.ringwall.compiler.request.Request;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.U128;
import org.ringwall.machine.Context;
import org.ringwall.machine.Environment;
import org.ringwall.machine.Stored;
import org.ringwall.machine.Sysctl;
import org.ringwall.machine.Task;

/** Requests as the kernel would put them before a program: the context's bytes and what helpers find. */
public final class Contexts {
    private static final int UNIX = 1;
    private static final int INET = 2;
    private static final int INET6 = 10;

    private Contexts() {}

    /** The bytes that r1 points to. */
    public static Context context(Request request) {
        return request.accept(new Bytes());
    }

    private static final class Bytes implements Request.Visitor<Context> {
        @Override
        public Context atAddress(Request.AtAddress request) {
            return address(request);
        }

        @Override
        public Context makeSocket(Request.MakeSocket socket) {
            return Context.zero(ContextStruct.SOCK)
                    .with("family", socket.family())
                    .with("type", socket.type())
                    .with("protocol", socket.protocol())
                    .with("mark", socket.mark())
                    .with("priority", socket.priority())
                    .with("bound_dev_if", socket.boundIf());
        }

        @Override
        public Context touchDevice(Request.TouchDevice device) {
            int access = device.access().stream().mapToInt(Request.Access::bit).sum();
            return Context.zero(ContextStruct.DEVICE)
                    .with("access_type", access << 16 | device.type())
                    .with("major", device.major())
                    .with("minor", device.minor());
        }

        @Override
        public Context touchSysctl(Request.TouchSysctl sysctl) {
            long position =
                    sysctl.written().map(Request.TouchSysctl.Write::position).orElse(0L);
            return Context.sysctl(sysctl.write()).with("file_pos", position);
        }

        @Override
        public Context bound(Request.Bound bound) {
            RawAddress address = bound.address();
            return Context.zero(ContextStruct.SOCK)
                    .with("family", address.isV4() ? INET : INET6)
                    .with("type", bound.type())
                    .with("protocol", bound.protocol())
                    .with(address.isV4() ? "src_ip4" : "src_ip6", bytes(address))
                    .with("src_port", bound.port());
        }

        @Override
        public Context releaseSocket(Request.ReleaseSocket socket) {
            return Context.zero(ContextStruct.SOCK)
                    .with("family", socket.family())
                    .with("type", socket.type())
                    .with("protocol", socket.protocol())
                    .with("mark", socket.mark())
                    .with("priority", socket.priority())
                    .with("bound_dev_if", socket.boundIf());
        }

        @Override
        public Context tcpEvent(Request.TcpEvent event) {
            return Contexts.tcpEvent(event);
        }

        @Override
        public Context useOption(Request.UseOption use) {
            return Context.option(
                            use.level(),
                            use.optname(),
                            use.optlen(),
                            use.value().toArray())
                    .with("retval", use.retval());
        }

        @Override
        public Context atPath(Request.AtPath at) {
            return Context.zero(ContextStruct.SOCK_ADDR)
                    .with("user_family", UNIX)
                    .with("family", UNIX)
                    .with("type", at.type());
        }

        @Override
        public Context packet(Request.Packet packet) {
            PacketMeta meta = packet.meta();
            return Context.zero(ContextStruct.SK_BUFF)
                    .with("len", packet.bytes().size())
                    .with("protocol", packet.etherType())
                    .with("pkt_type", meta.type())
                    .with("mark", meta.mark())
                    .with("priority", meta.priority())
                    .with("ifindex", meta.ifindex())
                    .with("ingress_ifindex", meta.ingressIfindex());
        }
    }

    private static Context address(Request.AtAddress request) {
        RawAddress address = request.address();
        int family = address.isV4() ? INET : INET6;
        return Context.zero(ContextStruct.SOCK_ADDR)
                .with("user_family", family)
                .with(address.isV4() ? "user_ip4" : "user_ip6", bytes(address))
                .with("user_port", request.port())
                .with("family", family)
                .with("type", request.type())
                .with("protocol", request.protocol())
                .with(address.isV4() ? "msg_src_ip4" : "msg_src_ip6", bytes(request.source()));
    }

    /** A v4 socket shows its addresses v4-mapped too; a v6 one shows v4 addresses only where they are mapped. */
    private static Context tcpEvent(Request.TcpEvent event) {
        Context context = Context.zero(ContextStruct.SOCK_OPS)
                .with("op", event.event().number())
                .with("family", event.family())
                .with("remote_port", event.remote().port())
                .with("local_port", event.local().port())
                .with(Request.TcpEvent.FULL, event.number(Request.TcpEvent.FULL));
        for (Map.Entry<String, Long> number : event.numbers().entrySet()) {
            context = context.with(number.getKey(), number.getValue());
        }
        return with(
                with(context, "remote", event.remote().address()),
                "local",
                event.local().address());
    }

    private static Context with(Context context, String end, RawAddress address) {
        RawAddress wide = address.isV4()
                ? new RawAddress(
                        false,
                        new U128(0, AddressSet.MAPPED_LOW.low() | address.bits().low()))
                : address;
        Context both = context.with(end + "_ip6", bytes(wide));
        return address.normalised().isV4()
                ? both.with(
                        end + "_ip4",
                        bytes(new RawAddress(true, address.normalised().bits())))
                : both;
    }

    private static org.ringwall.bpf.object.Bytes bytes(ByteString string) {
        return org.ringwall.bpf.object.Bytes.of(string.toArray());
    }

    /** Network order. */
    private static byte[] bytes(RawAddress address) {
        long low = address.bits().low();
        return address.isV4()
                ? ByteBuffer.allocate(4).putInt((int) low).array()
                : ByteBuffer.allocate(16)
                        .putLong(address.bits().high())
                        .putLong(low)
                        .array();
    }

    private static Task task(Actor actor) {
        int pid = (int) actor.pid();
        return new Task(
                (int) actor.uid(),
                (int) actor.gid(),
                pid,
                pid,
                bytes(actor.comm()),
                actor.cgroup(),
                actor.ancestors(),
                actor.netns(),
                actor.cookie());
    }

    /** `struct sockaddr_un`, as long as its path. */
    private static org.ringwall.bpf.object.Bytes sockaddr(ByteString path) {
        byte[] bytes = new byte[2 + path.size()];
        bytes[0] = UNIX;
        System.arraycopy(path.toArray(), 0, bytes, 2, path.size());
        return org.ringwall.bpf.object.Bytes.of(bytes);
    }

    /**
     * Where no task asks: whoever runs, in no cgroup that a policy names, and a socket with a cookie of its own that
     * carries what was stamped into it.
     */
    private static Environment unasked(Environment environment, Request request, Optional<Actor> stamp) {
        Task running = new Task(
                -2,
                -2,
                1,
                1,
                bytes(ByteString.of("swapper/0")),
                1,
                Map.of(),
                1,
                request.actor().cookie());
        Stored stored = stamp.map(maker -> Stored.NOTHING.with(Stamps.STORAGE, Stamps.of(maker)))
                .orElse(Stored.NOTHING);
        return environment.with(running).with(stored);
    }

    /** The task, the socket, the sysctl and the kernel around the request. */
    public static Environment environment(Request request, KernelVersion kernel) {
        Environment environment = Environment.of(kernel).with(task(request.actor()));
        if (request instanceof Request.Packet packet) {
            return unasked(environment, packet, packet.maker()).carrying(packet.bytes());
        }
        if (request instanceof Request.TcpEvent event) {
            return unasked(environment, event, event.owner().maker());
        }
        if (request instanceof Request.AtPath at) {
            return environment.naming(sockaddr(at.path()));
        }
        return request instanceof Request.TouchSysctl sysctl
                ? environment.touching(new Sysctl(
                        sysctl.name(),
                        sysctl.content().map(Contexts::bytes),
                        sysctl.written()
                                .flatMap(Request.TouchSysctl.Write::text)
                                .map(Contexts::bytes)))
                : environment;
    }
}
