// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.U128;
import org.ringwall.machine.Context;
import org.ringwall.machine.Environment;
import org.ringwall.machine.Stored;
import org.ringwall.machine.Sysctl;
import org.ringwall.machine.Task;
import org.ringwall.machine.TcpSocket;

/**
 * A conversion of requests to a program's input: the bytes of the context, and the environment of
 * helpers.
 */
public final class Contexts {
    private static final int UNIX = 1;
    private static final int INET = 2;
    private static final int INET6 = 10;
    private static final int TCP_CLOSE = 7;
    /** The bit of SOCK_DONE in the flags of a socket. */
    private static final int SOCK_DONE = 1 << 1;

    private Contexts() {}

    /** Returns the context that r1 points to on a host of this byte order. */
    public static Context context(Request request, ByteOrder order) {
        return context(request, order, Integer.MAX_VALUE);
    }

    /**
     * Returns the context with at most this many bytes of a packet in the linear part of its skb.
     */
    public static Context context(Request request, ByteOrder order, int linear) {
        return request.accept(new Filled(order, linear));
    }

    private record Filled(ByteOrder order, int linear) implements Request.Visitor<Context> {
        @Override
        public Context atAddress(Request.AtAddress request) {
            return Contexts.address(request, order);
        }

        @Override
        public Context makeSocket(Request.MakeSocket socket) {
            return Contexts.socket(socket, order);
        }

        @Override
        public Context touchDevice(Request.TouchDevice device) {
            int access = device.access().stream().mapToInt(Request.Access::bit).sum();
            return Context.zero(ContextStruct.DEVICE, order)
                    .with("access_type", access << 16 | device.type())
                    .with("major", device.major())
                    .with("minor", device.minor());
        }

        @Override
        public Context touchSysctl(Request.TouchSysctl sysctl) {
            long position =
                    sysctl.written().map(Request.TouchSysctl.Write::position).orElse(0L);
            return Context.zero(ContextStruct.SYSCTL, order)
                    .with("write", sysctl.write() ? 1 : 0)
                    .with("file_pos", position);
        }

        @Override
        public Context bound(Request.Bound bound) {
            RawAddress address = bound.address();
            return Context.zero(ContextStruct.SOCK, order)
                    .with("family", address.isV4() ? INET : INET6)
                    .with("type", bound.type())
                    .with("protocol", bound.protocol())
                    .with(address.isV4() ? "src_ip4" : "src_ip6", bytes(address))
                    .with("src_port", bound.port());
        }

        @Override
        public Context releaseSocket(Request.ReleaseSocket socket) {
            return Contexts.socket(socket, order);
        }

        @Override
        public Context tcpEvent(Request.TcpEvent event) {
            return Contexts.tcpEvent(event, order);
        }

        @Override
        public Context useOption(Request.UseOption use) {
            if (!use.order().equals(order)) {
                throw new IllegalArgumentException(use + " is evaluated on a machine that is " + order);
            }
            return Context.option(
                            order,
                            use.level(),
                            use.optname(),
                            use.optlen(),
                            use.value().toArray())
                    .with("retval", use.retval());
        }

        @Override
        public Context atPath(Request.AtPath at) {
            return Context.zero(ContextStruct.SOCK_ADDR, order)
                    .with("user_family", UNIX)
                    .with("family", UNIX)
                    .with("type", at.type());
        }

        @Override
        public Context packet(Request.Packet packet) {
            Context context = Context.zero(ContextStruct.SK_BUFF, order)
                    .with("len", packet.bytes().size())
                    .with("protocol", packet.etherType());
            return with(context, packet.meta().numbers()).linear(packet.first(Math.min(linear, packet.size())));
        }
    }

    private static Context address(Request.AtAddress request, ByteOrder order) {
        RawAddress address = request.address();
        int family = address.isV4() ? INET : INET6;
        Context context = Context.zero(ContextStruct.SOCK_ADDR, order)
                .with("user_family", family)
                .with(address.isV4() ? "user_ip4" : "user_ip6", bytes(address))
                .with("user_port", request.port())
                .with("family", family)
                .with("type", request.type())
                .with("protocol", request.protocol())
                .with(address.isV4() ? "msg_src_ip4" : "msg_src_ip6", bytes(request.source()));
        return request.dual()
                .map(socket -> context.with("family", INET6)
                        .of(Context.zero(ContextStruct.SOCK, order)
                                .with("family", INET6)
                                .with("state", socket.state())
                                .with("dst_ip6", bytes(socket.remote()))
                                .with("dst_port", socket.port())))
                .orElse(context);
    }

    private static Context socket(Request.OfSocket socket, ByteOrder order) {
        Context context = Context.zero(ContextStruct.SOCK, order)
                .with("family", socket.family())
                .with("type", socket.type())
                .with("protocol", socket.protocol());
        return with(context, socket.numbers());
    }

    private static Context with(Context context, Map<String, Long> numbers) {
        Context filled = context;
        for (Map.Entry<String, Long> number : numbers.entrySet()) {
            filled = filled.with(number.getKey(), number.getValue());
        }
        return filled;
    }

    /**
     * An IPv4 socket also shows its addresses IPv4-mapped; an IPv6 socket shows IPv4 addresses only
     * if its own are mapped.
     */
    private static Context tcpEvent(Request.TcpEvent event, ByteOrder order) {
        Context context = Context.zero(ContextStruct.SOCK_OPS, order)
                .with("op", event.event().number())
                .with("family", event.family())
                .with("remote_port", event.remote().port())
                .with("local_port", event.local().port())
                .with(Request.TcpEvent.FULL, event.number(Request.TcpEvent.FULL))
                .with(Request.TcpEvent.PACKET, event.number(Request.TcpEvent.PACKET))
                .with(Request.TcpEvent.ACKED, event.number(Request.TcpEvent.ACKED))
                .with(Request.TcpEvent.STATE, event.number(Request.TcpEvent.STATE));
        if (event.event() == SockOpsEvent.TCP_CLOSED) {
            context = context.with("args", changeToClose(order));
        }
        return with(
                with(with(context, event.numbers()), "remote", event.remote().address()),
                "local",
                event.local().address());
    }

    /**
     * Returns the arguments of a change to TCP_CLOSE. Instead of the old state they begin with
     * another number, as if an earlier program had written a reply.
     */
    private static byte[] changeToClose(ByteOrder order) {
        return ByteBuffer.allocate(4 * Integer.BYTES)
                .order(order)
                .putInt(-1)
                .putInt(TCP_CLOSE)
                .array();
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

    private static Bytes bytes(ByteString string) {
        return Bytes.of(string.toArray());
    }

    /** Returns the address in network order. */
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

    /**
     * Returns the `struct sockaddr_un` of the request, at hooks that have one; for an unnamed
     * sender it is empty and has no family.
     */
    static Optional<Bytes> addressed(Request request, ByteOrder order) {
        if (!(request instanceof Request.AtPath at)) {
            return Optional.empty();
        }
        boolean nothing = at.hook() == Hook.RECVMSG_UNIX && at.path().size() == 0;
        return Optional.of(nothing ? Bytes.EMPTY : sockaddr(at.path(), order));
    }

    /** Returns a `struct sockaddr_un` as long as its path. */
    static Bytes sockaddr(ByteString path, ByteOrder order) {
        return Bytes.of(ByteBuffer.allocate(2 + path.size())
                .order(order)
                .putShort((short) UNIX)
                .put(path.toArray())
                .array());
    }

    /**
     * Returns the environment at hooks without a task: an arbitrary running task, in no cgroup that
     * a policy names, and a socket with its own cookie and its stamp.
     */
    private static Environment unasked(
            Environment environment, Request request, Optional<Actor> stamp, ByteOrder order) {
        Task running = new Task(
                -2,
                -2,
                1,
                1,
                bytes(ByteString.of("swapper/0")),
                1,
                Map.of(),
                request.actor().netns(),
                request.actor().cookie(),
                request.actor().cgroup());
        Stored stored = stamp.map(maker -> Stored.NOTHING.with(Stamps.STORAGE, Stamps.of(maker, order)))
                .orElse(Stored.NOTHING)
                .sharing(Set.of(StateNames.ORIGINS, StateNames.ARRIVED));
        return environment.with(running).with(stored);
    }

    /** Adds what a program reads of a connection that is closed. */
    private static Environment closing(Environment environment, Request.TcpEvent event, ByteOrder order) {
        if (event.event() != SockOpsEvent.TCP_CLOSED) {
            return environment;
        }
        Request.TcpEvent.Closing closing = event.closing();
        Environment closed = environment.with(new TcpSocket(closing.finReceived() ? SOCK_DONE : 0, closing.writeSeq()));
        return closing.seen()
                ? closed.with(environment
                        .stored()
                        .orElse(Stored.NOTHING)
                        .with(
                                StateNames.OPENED,
                                Bytes.of(ByteBuffer.allocate(Long.BYTES)
                                        .order(order)
                                        .putLong(closing.syn() ? 1 : 0)
                                        .array())))
                : closed;
    }

    /** Returns the task, socket, sysctl and kernel of the request, on a host of this byte order. */
    public static Environment environment(Request request, KernelVersion kernel, ByteOrder order) {
        Environment environment = Environment.of(kernel).with(task(request.actor()));
        if (request instanceof Request.Packet packet) {
            return unasked(environment, packet, packet.maker(), order).carrying(packet.bytes());
        }
        if (request instanceof Request.TcpEvent event) {
            return closing(unasked(environment, event, event.owner().maker(), order), event, order);
        }
        Optional<Bytes> address = addressed(request, order);
        if (address.isPresent()) {
            return environment.naming(address.get());
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
