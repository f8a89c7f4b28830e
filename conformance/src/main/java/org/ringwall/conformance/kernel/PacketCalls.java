// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/**
 * A system-call driver that sends raw packets in a network namespace of one thread. Every address
 * is local there, so that packets sent are also received. The driver is created before the thread
 * enters the cgroup, so that no policy applies to its first sockets; sockets created later belong
 * to the cgroup.
 */
final class PacketCalls {
    private static final int CLONE_NEWNET = 0x40000000;
    private static final int SIOCSIFFLAGS = 0x8914;
    private static final int IFF_UP = 1;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int AF_NETLINK = 16;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_RAW = 3;
    private static final int IPPROTO_RAW = 255;
    private static final int SOL_SOCKET = 1;
    private static final int SO_PRIORITY = 12;
    private static final int SO_RCVTIMEO = 20;
    private static final int SO_MARK = 36;
    private static final int PATIENCE_MICROS = 150_000;
    private static final int MOST = 8192;
    private static final int AF_PACKET = 17;
    private static final int ETH_P_IP = 0x0800;
    private static final int ETH_P_IPV6 = 0x86dd;
    private static final int LOOPBACK = 1;
    private static final int SOCKADDR_LL = 20;
    private static final List<String> UNTOUCHED =
            List.of("/proc/sys/net/ipv4/conf/all/accept_local=1", "/proc/sys/net/ipv4/ip_early_demux=0");

    private final Syscalls syscalls;
    private final long sender4;
    private final long sender6;
    private long flow = -1;
    private long device = -1;

    /**
     * Moves the calling thread into a new network namespace. All other methods must be called by
     * the same thread.
     */
    PacketCalls(Syscalls syscalls) {
        this.syscalls = syscalls;
        ProbeServer.rename(Actor.ORDINARY.comm().toArray());
        syscalls.require(Call.UNSHARE, CLONE_NEWNET, 0, 0);
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            long fd = syscalls.require(Call.SOCKET, AF_INET, SOCK_DGRAM, 0);
            NativeBlock request = frame.zeros(40);
            request.put(0, "lo".getBytes(StandardCharsets.US_ASCII));
            request.putByte(16, IFF_UP);
            syscalls.require(Call.IOCTL, fd, SIOCSIFFLAGS, request.address());
            syscalls.require(Call.CLOSE, fd, 0, 0);
            everythingIsLocal(frame, AF_INET);
            everythingIsLocal(frame, AF_INET6);
        }
        this.sender4 = syscalls.require(Call.SOCKET, AF_INET, SOCK_RAW, IPPROTO_RAW);
        this.sender6 = syscalls.require(Call.SOCKET, AF_INET6, SOCK_RAW, IPPROTO_RAW);
    }

    /** Adds the route `ip route add local default dev lo`. */
    private void everythingIsLocal(NativeArena.Frame frame, int family) {
        int length = 36;
        ByteBuffer message = ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
        message.putInt(length)
                .putShort((short) 24)
                .putShort((short) 0x605)
                .putInt(1)
                .putInt(0);
        message.put((byte) family).put(new byte[3]);
        message.put((byte) 255).put((byte) 3).put((byte) 254).put((byte) 2).putInt(0);
        message.putShort((short) 8).putShort((short) 4).putInt(1);
        long fd = syscalls.require(Call.SOCKET, AF_NETLINK, SOCK_RAW, 0);
        NativeBlock block = frame.bytes(message.array());
        syscalls.require(Call.SENDTO, fd, block.address(), length, 0, 0, 0);
        NativeBlock answer = frame.zeros(256);
        syscalls.require(Call.READ, fd, answer.address(), 256);
        if (answer.intAt(16) != 0) {
            throw new IllegalStateException("the kernel refuses a local route: " + answer.intAt(16));
        }
        syscalls.require(Call.CLOSE, fd, 0, 0);
    }

    /**
     * Writes to a connected datagram socket of the cgroup. The first call creates it and its
     * receiver.
     */
    private Answer flow(NativeArena.Frame frame) {
        if (flow < 0) {
            NativeBlock address = frame.bytes(new byte[] {AF_INET, 0, 0x10, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0});
            long listener = syscalls.require(Call.SOCKET, AF_INET, SOCK_DGRAM, 0);
            syscalls.require(Call.BIND, listener, address.address(), 16);
            flow = syscalls.require(Call.SOCKET, AF_INET, SOCK_DGRAM, 0);
            syscalls.require(Call.CONNECT, flow, address.address(), 16);
        }
        long result =
                syscalls.call(Call.WRITE, flow, frame.bytes(new byte[] {42}).address(), 1, 0, 0, 0);
        return new Answer((int) Math.max(0, -result), "write");
    }

    /**
     * Sends a packet longer than a page as a device would deliver it. packet_alloc_skb in
     * net/packet/af_packet.c puts 14 bytes into the linear part. The kernel pulls the IP header,
     * and nothing else unless it looks up the socket early.
     */
    private Answer paged(Syscalls by, NativeArena.Frame frame, boolean v4, byte[] packet) {
        if (device < 0) {
            device = syscalls.require(Call.SOCKET, AF_PACKET, SOCK_DGRAM, 0);
            UNTOUCHED.forEach(setting -> {
                String[] both = setting.split("=", -1);
                try {
                    Files.writeString(Path.of(both[0]), both[1]);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        ByteBuffer address = ByteBuffer.allocate(SOCKADDR_LL).order(ByteOrder.nativeOrder());
        address.putShort((short) AF_PACKET).order(ByteOrder.BIG_ENDIAN).putShort((short) (v4 ? ETH_P_IP : ETH_P_IPV6));
        address.order(ByteOrder.nativeOrder())
                .putInt(LOOPBACK)
                .putShort((short) 0)
                .put((byte) 0)
                .put((byte) 6);
        NativeBlock to = frame.bytes(address.array());
        NativeBlock bytes = frame.bytes(packet);
        long result = by.call(Call.SENDTO, device, bytes.address(), packet.length, 0, to.address(), SOCKADDR_LL);
        return new Answer((int) Math.max(0, -result), "sendto");
    }

    /**
     * Runs a command. `words` are `flow`, `netns`, or: `egress`, `ingress` or `paged` (ingress with
     * most bytes outside the linear part); the family 4 or 6; the packet in hex; mark and priority;
     * and the uid, gid and name of the socket's creator. `by` makes only the call that sends the
     * packet. If it sends the packet several times, the first one is awaited.
     */
    Answer run(Syscalls by, String[] words) {
        if (words[0].equals("netns")) {
            return new Answer(0, Long.toUnsignedString(NetworkNamespace.cookie(syscalls)));
        }
        if (words[0].equals("flow")) {
            try (NativeArena arena = new NativeArena(syscalls);
                    NativeArena.Frame frame = arena.frame()) {
                return flow(frame);
            }
        }
        boolean v4 = words[1].equals("4");
        long uid = Long.parseLong(words[5]);
        long gid = Long.parseLong(words[6]);
        ProbeServer.rename(HexFormat.of().parseHex(words[7]));
        byte[] packet = HexFormat.of().parseHex(words[2]);
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            int family = v4 ? AF_INET : AF_INET6;
            if (words[0].equals("egress")) {
                long fd = socket(family, IPPROTO_RAW, uid, gid);
                int mark = Integer.parseUnsignedInt(words[3]);
                return egress(by, frame, fd, v4, packet, mark, Integer.parseUnsignedInt(words[4]));
            }
            int protocol = v4 ? packet[9] & 0xff : PacketChain.protocol(packet);
            return ingress(by, frame, socket(family, protocol, uid, gid), v4, packet, words[0].equals("paged"));
        }
    }

    /**
     * Creates a raw socket with these real ids. The effective ids stay those of root, with its
     * capabilities.
     */
    private long socket(int family, int protocol, long uid, long gid) {
        syscalls.require(Call.SETRESGID, gid, 0, 0);
        syscalls.require(Call.SETRESUID, uid, 0, 0);
        try {
            return syscalls.call(Call.SOCKET, family, SOCK_RAW, protocol, 0, 0, 0);
        } finally {
            syscalls.require(Call.SETRESUID, 0, 0, 0);
            syscalls.require(Call.SETRESGID, 0, 0, 0);
        }
    }

    private Answer egress(
            Syscalls by, NativeArena.Frame frame, long fd, boolean v4, byte[] packet, int mark, int priority) {
        if (fd < 0) {
            return new Answer((int) -fd, "socket");
        }
        try {
            option(frame, fd, SO_MARK, mark);
            option(frame, fd, SO_PRIORITY, priority);
            return send(by, frame, fd, v4, packet);
        } finally {
            syscalls.require(Call.CLOSE, fd, 0, 0);
        }
    }

    private void option(NativeArena.Frame frame, long fd, int name, int value) {
        NativeBlock block = frame.zeros(4).putInt(0, value);
        syscalls.require(Call.SETSOCKOPT, fd, SOL_SOCKET, name, block.address(), 4, 0);
    }

    /**
     * Returns whether a raw socket of the cgroup receives the packet: `EAGAIN recv` if it does not.
     */
    private Answer ingress(Syscalls by, NativeArena.Frame frame, long fd, boolean v4, byte[] packet, boolean paged) {
        if (fd < 0) {
            return new Answer((int) -fd, "socket");
        }
        try {
            NativeBlock patience = frame.zeros(16).putLong(8, PATIENCE_MICROS);
            syscalls.require(Call.SETSOCKOPT, fd, SOL_SOCKET, SO_RCVTIMEO, patience.address(), 16, 0);
            Answer sent = paged ? paged(by, frame, v4, packet) : send(by, frame, v4 ? sender4 : sender6, v4, packet);
            if (sent.errno() != 0) {
                return sent;
            }
            return received(frame.zeros(MOST), fd, v4, packet);
        } finally {
            syscalls.require(Call.CLOSE, fd, 0, 0);
        }
    }

    /**
     * Reads until the packet is found. Raw sockets also receive the kernel's replies, such as
     * resets and echo replies.
     */
    private Answer received(NativeBlock buffer, long fd, boolean v4, byte[] packet) {
        while (true) {
            long result = syscalls.call(Call.READ, fd, buffer.address(), MOST, 0, 0, 0);
            if (result < 0) {
                return new Answer((int) -result, "recv");
            }
            int behind = v4 ? (packet[0] & 15) * 4 : 0;
            byte[] got = buffer.bytes(0, (int) result);
            byte[] payload = Arrays.copyOfRange(got, Math.min(behind, got.length), got.length);
            byte[] tail = Arrays.copyOfRange(packet, Math.max(0, packet.length - payload.length), packet.length);
            if (Arrays.equals(tail, payload)) {
                return new Answer(0, "recv");
            }
        }
    }

    private static Answer send(Syscalls by, NativeArena.Frame frame, long fd, boolean v4, byte[] packet) {
        NativeBlock address = frame.zeros(v4 ? 16 : 28);
        address.putByte(0, v4 ? AF_INET : AF_INET6);
        address.put(v4 ? 4 : 8, Arrays.copyOfRange(packet, v4 ? 16 : 24, v4 ? 20 : 40));
        NativeBlock bytes = frame.bytes(packet);
        long result = by.call(Call.SENDTO, fd, bytes.address(), packet.length, 0, address.address(), v4 ? 16 : 28);
        return new Answer((int) Math.max(0, -result), "sendto");
    }
}
