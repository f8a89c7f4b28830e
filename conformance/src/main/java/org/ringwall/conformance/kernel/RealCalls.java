// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SocketLevel;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Probe;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.U128;
import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.Syscalls;

/**
 * A driver that makes the system call of a probe. This process, to which no policy applies, creates
 * the device nodes for it in a temporary folder.
 */
public final class RealCalls implements AutoCloseable {
    private static final int S_IFCHR = 0x2000;
    private static final int S_IFBLK = 0x6000;
    private static final int EVERYONE = 0666;
    private static final int AT_FDCWD = -100;
    private static final int EPERM = 1;
    private static final int EAGAIN = 11;

    /**
     * The folder of the nodes. On an overlay the device hook runs once more, for the process that
     * mounted it (ovl_permission).
     */
    private static final Path DEVICES = Path.of("/dev");

    private static final RawAddress NOWHERE = new RawAddress(true, U128.ZERO);

    private final ProbeProcess process;
    private final Path nodes;

    /** Creates a driver whose calls `process` makes. */
    public RealCalls(ProbeProcess process) {
        this.process = process;
        try {
            this.nodes = Files.createTempDirectory(DEVICES, "ringwall-nodes");
            Files.setPosixFilePermissions(nodes, PosixFilePermissions.fromString("rwxrwxrwx"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes the call of the probe as this user and returns the kernel's result. */
    public Answer make(Probe probe, Actor actor) {
        List<Request> requests = probe.requests();
        Request last = requests.get(requests.size() - 1);
        if (last instanceof Request.TouchDevice device) {
            return device(device, actor);
        }
        if (last instanceof Request.TouchSysctl sysctl) {
            return sysctl.write()
                    ? process.writeSysctl(actor, sysctl.name(), written(sysctl))
                    : process.readSysctl(actor, sysctl.name());
        }
        if (last instanceof Request.UseOption use) {
            return option(use, requests.get(0), actor);
        }
        if (last instanceof Request.Packet packet) {
            return packet(packet);
        }
        if (last instanceof Request.AtPath at) {
            return process.unix(actor, at);
        }
        Request.MakeSocket socket = (Request.MakeSocket) requests.get(0);
        SocketCall.Operation operation = SocketCall.Operation.MAKE;
        RawAddress address = NOWHERE;
        int port = 0;
        if (last instanceof Request.AtAddress at) {
            operation = operation(at.hook());
            address = written(at, socket);
            port = at.port();
        }
        return process.socket(
                actor, new SocketCall(operation, socket.family(), socket.type(), socket.protocol(), address, port));
    }

    /** Makes the call as {@link #make} does, while a socket listens at this `sun_path`. */
    public Answer make(Request.AtPath at, ByteString listening) {
        return process.unix(at.actor(), at, listening);
    }

    /**
     * Uses the option on the socket of the first request, or on one of a family for which no hook
     * runs.
     */
    private Answer option(Request.UseOption use, Request first, Actor actor) {
        boolean writes = use.hook() == Hook.SETSOCKOPT;
        int size = writes || use.retval() != 0 ? use.optlen() : use.value().size();
        ByteString value = ByteString.of(writes ? use.value().toArray() : new byte[0], size);
        if (first instanceof Request.MakeSocket socket) {
            return process.option(
                    actor,
                    new OptionCall(
                            writes,
                            socket.family(),
                            socket.type(),
                            socket.protocol(),
                            use.level(),
                            use.optname(),
                            value));
        }
        AddressFamily family =
                use.level() == SocketLevel.PACKET.number() ? AddressFamily.PACKET : AddressFamily.NETLINK;
        return process.option(
                actor,
                new OptionCall(writes, family.number(), SocketType.RAW.number(), 0, use.level(), use.optname(), value));
    }

    /**
     * Returns the result for a packet. A packet not received counts as denied with EPERM, because
     * ingress reports no errno.
     */
    private Answer packet(Request.Packet packet) {
        Answer answer = process.packet(packet);
        boolean lost = answer.step().equals("recv") && answer.errno() == EAGAIN;
        return lost ? new Answer(EPERM, answer.step()) : answer;
    }

    /**
     * Returns the address as the program passed it in the sockaddr: a v4 destination of an AF_INET6
     * socket is v4-mapped.
     */
    private static RawAddress written(Request.AtAddress at, Request.MakeSocket socket) {
        if (socket.family() == 10 && at.address().isV4()) {
            return new RawAddress(
                    false, new U128(0, 0xffff_0000_0000L | at.address().bits().low()));
        }
        return at.address();
    }

    private static SocketCall.Operation operation(Hook hook) {
        return switch (hook.call().orElseThrow()) {
            case CONNECT -> SocketCall.Operation.CONNECT;
            case SENDMSG -> SocketCall.Operation.SEND;
            case BIND -> SocketCall.Operation.BIND;
            case POST_BIND, RECVMSG, GETPEERNAME, GETSOCKNAME ->
                throw new IllegalArgumentException("no socket call asks " + hook);
        };
    }

    private Answer device(Request.TouchDevice device, Actor actor) {
        int type = device.type() == 1 ? S_IFBLK : S_IFCHR;
        Path path = nodes.resolve("node-" + device.type() + "-" + device.major() + "-" + device.minor());
        Set<Request.Access> access = device.access();
        if (access.contains(Request.Access.MKNOD)) {
            return process.mknod(actor, path.resolveSibling("made"), type | EVERYONE, device.major(), device.minor());
        }
        node(path, type, device.major(), device.minor());
        boolean reads = access.contains(Request.Access.READ);
        boolean writes = access.contains(Request.Access.WRITE);
        return process.open(actor, path, writes ? reads ? 2 : 1 : 0);
    }

    private static void node(Path path, int type, long major, long minor) {
        if (Files.exists(path)) {
            return;
        }
        Syscalls syscalls = Syscalls.ofThisMachine();
        long device = FileCalls.encode(major, minor);
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            long name = frame.text(path.toString()).address();
            syscalls.require(Call.MKNODAT, AT_FDCWD, name, type | EVERYONE, device, 0, 0);
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the value of the request, or the current value of the sysctl. */
    private static byte[] written(Request.TouchSysctl sysctl) {
        return sysctl.written()
                .flatMap(Request.TouchSysctl.Write::text)
                .map(ByteString::toArray)
                .orElseGet(() -> current(sysctl.name()));
    }

    private static byte[] current(String sysctl) {
        try {
            return Files.readString(Path.of("/proc/sys", sysctl)).strip().getBytes(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try (var files = Files.list(nodes)) {
            for (Path node : files.toList()) {
                Files.delete(node);
            }
            Files.delete(nodes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
