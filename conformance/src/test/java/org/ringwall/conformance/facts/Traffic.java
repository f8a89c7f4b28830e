// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.facts;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ringwall.conformance.kernel.WorkerProcess;
import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/**
 * A source of known traffic: a process with one thread, in a cgroup and a network namespace of its
 * own. It makes one {@link Operation} for each line that it reads, and replies with the result of
 * the last call.
 */
final class Traffic implements AutoCloseable {
    private static final int AF_UNIX = 1;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int STREAM = 1;
    private static final int DGRAM = 2;
    private static final int NONBLOCK = 0x800;
    private static final int CLOEXEC = 0x80000;
    private static final int MPTCP = 262;
    private static final int AT_FDCWD = -100;
    private static final int SOCKADDR = 110;
    private static final int SOL_SOCKET = 1;
    private static final int SO_REUSEADDR = 2;
    private static final int SO_RCVBUF = 8;
    private static final int SO_RCVTIMEO = 20;

    /** The offset of a small number in the long that holds the seconds of a {@code timeval}. */
    private static final int LOW_HALF = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? 0 : 4;

    /** A datagram that loopback has not delivered after this time is lost. */
    private static final int RECEIVE_SECONDS = 120;

    private static final int TCP = 6;
    private static final int TCP_NODELAY = 1;
    private static final int CLONE_NEWNET = 0x40000000;
    private static final int SIOCSIFFLAGS = 0x8914;
    private static final int IFF_UP = 1;
    private static final byte[] MAPPED_2 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff, 127, 0, 0, 2};
    private static final byte[] LOOPBACK6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

    /** The calls of the process; addresses are 127.0.0.N, ports as the test gives them. */
    enum Operation {
        MAKE_TCP,
        MAKE_RAW6,
        MAKE_MPTCP,
        CONNECT4,
        CONNECT4_MPTCP,
        /** From 127.0.0.3:4661. */
        CONNECT4_BOUND,
        CONNECT6,
        CONNECT6_MAPPED,
        BIND4,
        BIND6,
        SEND4,
        SEND4_UNSPEC,
        SEND6,
        RECEIVE4,
        NAMES4,
        /** On a socket bound to 127.0.0.3:4661. */
        OWN_NAME4,
        /** On a socket bound to [::1]:4661. */
        OWN_NAME6,
        /** From [::1]:4665. */
        RECEIVE6,
        /** On a connection from [::1]:4661 to [::1]:4660. */
        NAMES6,
        /**
         * Sends a datagram from the abstract name `s` to `r`, and reads both names of a socket `s`
         * connected to `r`.
         */
        UNIX_DATAGRAM,
        CONNECT_UNIX,
        GET_RCVBUF,
        GET_UNKNOWN,
        GET_UNKNOWN_LEVEL,
        SET_NODELAY,
        /** Reads kernel/ostype. */
        READ_SYSCTL,
        /** Writes 64 to net/ipv4/ip_default_ttl of its own namespace. */
        WRITE_SYSCTL
    }

    private final WorkerProcess worker;

    private Traffic(WorkerProcess worker) {
        this.worker = worker;
    }

    static Traffic in(Path cgroup) {
        return new Traffic(WorkerProcess.start(Traffic.class, cgroup));
    }

    /** Makes the calls; returns the last call's result, which is an errno if negative. */
    long make(Operation operation) {
        return Long.parseLong(worker.ask(operation.toString()));
    }

    @Override
    public void close() {
        worker.close();
    }

    /** Runs the process; `args[0]` is the directory of the cgroup to enter. */
    public static void main(String[] args) throws IOException {
        Files.writeString(
                Path.of(args[0], "cgroup.procs"),
                Long.toString(ProcessHandle.current().pid()));
        Syscalls syscalls = Syscalls.ofThisMachine();
        syscalls.require(Call.UNSHARE, CLONE_NEWNET, 0, 0);
        try (NativeArena arena = new NativeArena(syscalls)) {
            Doer doer = new Doer(syscalls, arena);
            doer.raiseLoopback();
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                out.println(doer.make(Operation.valueOf(line)));
            }
        }
    }

    /** The system calls. */
    private record Doer(Syscalls syscalls, NativeArena arena) {
        void raiseLoopback() {
            long fd = socket(AF_INET, DGRAM, 0);
            try (NativeArena.Frame frame = arena.frame()) {
                NativeBlock request = frame.zeros(40);
                request.put(0, "lo".getBytes(StandardCharsets.US_ASCII)).putByte(16, IFF_UP);
                syscalls.require(Call.IOCTL, fd, SIOCSIFFLAGS, request.address());
            }
            close(fd);
        }

        long make(Operation operation) {
            try (NativeArena.Frame frame = arena.frame()) {
                return switch (operation) {
                    case MAKE_TCP -> close(socket(AF_INET, STREAM, 0));
                    case MAKE_RAW6 -> close(socket(AF_INET6, 3, 58));
                    case MAKE_MPTCP -> close(socket(AF_INET, STREAM, MPTCP));
                    case CONNECT4 -> connect(socket(AF_INET, STREAM, 0), v4(frame, 2, 4660));
                    case CONNECT4_MPTCP -> connect(socket(AF_INET, STREAM, MPTCP), v4(frame, 2, 4660));
                    case CONNECT4_BOUND -> connect(stream(frame, AF_INET, v4(frame, 3, 4661)), v4(frame, 2, 4660));
                    case CONNECT6 -> connect(socket(AF_INET6, STREAM, 0), v6(frame, LOOPBACK6, 4660));
                    case CONNECT6_MAPPED -> connect(socket(AF_INET6, STREAM, 0), v6(frame, MAPPED_2, 4660));
                    case BIND4 -> close(stream(frame, AF_INET, v4(frame, 3, 4661)));
                    case BIND6 -> close(stream(frame, AF_INET6, v6(frame, LOOPBACK6, 4661)));
                    case SEND4 -> send(frame, socket(AF_INET, DGRAM, 0), v4(frame, 2, 4662));
                    case SEND4_UNSPEC ->
                        send(
                                frame,
                                socket(AF_INET, DGRAM, 0),
                                v4(frame, 2, 4662).putByte(0, 0));
                    case SEND6 -> send(frame, socket(AF_INET6, DGRAM, 0), v6(frame, LOOPBACK6, 4662));
                    case RECEIVE4 -> receive(frame, AF_INET, v4(frame, 5, 4665), v4(frame, 4, 4664));
                    case RECEIVE6 -> receive(frame, AF_INET6, v6(frame, LOOPBACK6, 4665), v6(frame, LOOPBACK6, 4664));
                    case NAMES4 -> names(frame, AF_INET, v4(frame, 3, 4661), v4(frame, 2, 4660));
                    case NAMES6 -> names(frame, AF_INET6, v6(frame, LOOPBACK6, 4661), v6(frame, LOOPBACK6, 4660));
                    case OWN_NAME4 -> ownName(frame, stream(frame, AF_INET, v4(frame, 3, 4661)));
                    case OWN_NAME6 -> ownName(frame, stream(frame, AF_INET6, v6(frame, LOOPBACK6, 4661)));
                    case UNIX_DATAGRAM -> unixDatagram(frame);
                    case CONNECT_UNIX -> connect(socket(AF_UNIX, STREAM, 0), unix(frame));
                    case GET_RCVBUF -> get(frame, SOL_SOCKET, SO_RCVBUF);
                    case GET_UNKNOWN -> get(frame, SOL_SOCKET, 9999);
                    case GET_UNKNOWN_LEVEL -> get(frame, 99, 99);
                    case SET_NODELAY -> set(frame);
                    case READ_SYSCTL -> sysctl(frame, "kernel/ostype", Call.READ, 0);
                    case WRITE_SYSCTL -> sysctl(frame, "net/ipv4/ip_default_ttl", Call.WRITE, 1);
                };
            }
        }

        private long socket(int family, int type, int protocol) {
            return syscalls.call(Call.SOCKET, family, type | NONBLOCK | CLOEXEC, protocol, 0, 0, 0);
        }

        /**
         * Returns a blocking socket, because on a busy machine loopback may deliver after the
         * sender's call has returned.
         */
        private long patient(int family, int type) {
            return syscalls.require(Call.SOCKET, family, type | CLOEXEC, 0);
        }

        private long close(long fd) {
            return fd < 0 ? fd : syscalls.call(Call.CLOSE, fd, 0, 0, 0, 0, 0);
        }

        private long connect(long fd, NativeBlock address) {
            long result = syscalls.call(Call.CONNECT, fd, address.address(), address.size(), 0, 0, 0);
            close(fd);
            return result;
        }

        /**
         * Returns a bound socket, even if a connection of the previous call is still closing on the
         * same address.
         */
        private long stream(NativeArena.Frame frame, int family, NativeBlock address) {
            long fd = patient(family, STREAM);
            NativeBlock on = frame.zeros(4).putInt(0, 1);
            syscalls.require(Call.SETSOCKOPT, fd, SOL_SOCKET, SO_REUSEADDR, on.address(), on.size(), 0);
            return bound(fd, address);
        }

        private long bound(long fd, NativeBlock address) {
            syscalls.require(Call.BIND, fd, address.address(), address.size());
            return fd;
        }

        private long send(NativeArena.Frame frame, long fd, NativeBlock to) {
            NativeBlock payload = frame.bytes("hello".getBytes(StandardCharsets.US_ASCII));
            long result = syscalls.call(Call.SENDTO, fd, payload.address(), payload.size(), 0, to.address(), to.size());
            close(fd);
            return result;
        }

        private long receive(NativeArena.Frame frame, int family, NativeBlock from, NativeBlock to) {
            long receiver = bound(receiver(frame, family), to);
            send(frame, bound(socket(family, DGRAM, 0), from), to);
            long result = receive(frame, receiver);
            close(receiver);
            return result;
        }

        private long receiver(NativeArena.Frame frame, int family) {
            long fd = patient(family, DGRAM);
            NativeBlock limit = frame.zeros(16).putInt(LOW_HALF, RECEIVE_SECONDS);
            syscalls.require(Call.SETSOCKOPT, fd, SOL_SOCKET, SO_RCVTIMEO, limit.address(), limit.size(), 0);
            return fd;
        }

        private long receive(NativeArena.Frame frame, long receiver) {
            NativeBlock buffer = frame.zeros(16);
            NativeBlock source = frame.zeros(SOCKADDR);
            NativeBlock size = frame.zeros(4).putInt(0, SOCKADDR);
            return syscalls.call(Call.RECVFROM, receiver, buffer.address(), 16, 0, source.address(), size.address());
        }

        /** Connects to a new listener and reads both names of the connection. */
        private long names(NativeArena.Frame frame, int family, NativeBlock from, NativeBlock to) {
            long listener = stream(frame, family, to);
            syscalls.require(Call.LISTEN, listener, 1, 0);
            long client = stream(frame, family, from);
            syscalls.require(Call.CONNECT, client, to.address(), to.size());
            long result = names(frame, client);
            close(client);
            close(listener);
            return result;
        }

        /**
         * Reads the socket's own name. The socket does not listen, because security modules such as
         * TOMOYO may read the name at listen(2) too.
         */
        private long ownName(NativeArena.Frame frame, long fd) {
            NativeBlock name = frame.zeros(SOCKADDR);
            NativeBlock size = frame.zeros(4).putInt(0, SOCKADDR);
            long result = syscalls.call(Call.GETSOCKNAME, fd, name.address(), size.address(), 0, 0, 0);
            close(fd);
            return result;
        }

        private long names(NativeArena.Frame frame, long fd) {
            NativeBlock name = frame.zeros(SOCKADDR);
            NativeBlock size = frame.zeros(4).putInt(0, SOCKADDR);
            syscalls.require(Call.GETSOCKNAME, fd, name.address(), size.address());
            size.putInt(0, SOCKADDR);
            return syscalls.call(Call.GETPEERNAME, fd, name.address(), size.address(), 0, 0, 0);
        }

        /** Sends a datagram between abstract names, which belong to the network namespace. */
        private long unixDatagram(NativeArena.Frame frame) {
            NativeBlock to = abstractName(frame, 'r');
            long receiver = bound(receiver(frame, AF_UNIX), to);
            long sender = bound(socket(AF_UNIX, DGRAM, 0), abstractName(frame, 's'));
            NativeBlock payload = frame.bytes("hello".getBytes(StandardCharsets.US_ASCII));
            syscalls.call(Call.SENDTO, sender, payload.address(), payload.size(), 0, to.address(), to.size());
            long received = receive(frame, receiver);
            syscalls.call(Call.CONNECT, sender, to.address(), to.size(), 0, 0, 0);
            names(frame, sender);
            close(sender);
            close(receiver);
            return received;
        }

        private long get(NativeArena.Frame frame, int level, int option) {
            long fd = socket(AF_INET, STREAM, 0);
            NativeBlock value = frame.zeros(4);
            NativeBlock size = frame.zeros(4).putInt(0, 4);
            long result = syscalls.call(Call.GETSOCKOPT, fd, level, option, value.address(), size.address(), 0);
            close(fd);
            return result;
        }

        private long set(NativeArena.Frame frame) {
            long fd = socket(AF_INET, STREAM, 0);
            NativeBlock value = frame.zeros(4).putInt(0, 1);
            long result = syscalls.call(Call.SETSOCKOPT, fd, TCP, TCP_NODELAY, value.address(), 4, 0);
            close(fd);
            return result;
        }

        private long sysctl(NativeArena.Frame frame, String name, Call call, int flags) {
            long path = frame.text("/proc/sys/" + name).address();
            long fd = syscalls.require(Call.OPENAT, AT_FDCWD, path, flags | CLOEXEC);
            NativeBlock buffer = frame.bytes("64".getBytes(StandardCharsets.US_ASCII));
            long result = syscalls.call(call, fd, buffer.address(), buffer.size(), 0, 0, 0);
            close(fd);
            return result;
        }

        private static NativeBlock v4(NativeArena.Frame frame, int last, int port) {
            NativeBlock address = frame.zeros(16).put(4, new byte[] {127, 0, 0, (byte) last});
            return head(address, AF_INET, port);
        }

        private static NativeBlock v6(NativeArena.Frame frame, byte[] bytes, int port) {
            return head(frame.zeros(28).put(8, bytes), AF_INET6, port);
        }

        private static NativeBlock abstractName(NativeArena.Frame frame, char letter) {
            return unixFamily(frame.zeros(4).putByte(3, letter));
        }

        private static NativeBlock unix(NativeArena.Frame frame) {
            return unixFamily(frame.zeros(SOCKADDR).put(2, "/nowhere/at/all".getBytes(StandardCharsets.US_ASCII)));
        }

        private static NativeBlock unixFamily(NativeBlock address) {
            short family = AF_UNIX;
            return address.put(
                    0,
                    ByteBuffer.allocate(2)
                            .order(ByteOrder.nativeOrder())
                            .putShort(family)
                            .array());
        }

        /**
         * Writes sa_family in host order: its low byte is the first on little endian, the second on
         * big endian.
         */
        private static NativeBlock head(NativeBlock address, int family, int port) {
            boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
            byte[] bytes = {(byte) (little ? family : 0), (byte) (little ? 0 : family), (byte) (port >>> 8), (byte) port
            };
            return address.put(0, bytes);
        }
    }
}
