// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import static org.ringwall.conformance.bypass.Os.DGRAM;
import static org.ringwall.conformance.bypass.Os.RAW;
import static org.ringwall.conformance.bypass.Os.STREAM;
import static org.ringwall.conformance.bypass.Os.TCP;
import static org.ringwall.conformance.bypass.Os.UDP;
import static org.ringwall.conformance.bypass.Sockaddr.ALLOWED;
import static org.ringwall.conformance.bypass.Sockaddr.INET;
import static org.ringwall.conformance.bypass.Sockaddr.LOOPBACK;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.bpf.kernel.Errno;

/**
 * Bypasses of `packets ingress` and `packets egress`: to and from 127.0.0.1, which every policy of
 * the tests denies.
 */
final class CgroupPacketDrivers {
    private static final int IPPROTO_IPIP = 4;
    private static final int IPPROTO_RAW = 255;
    private static final int ICMP = 1;
    private static final int IP_RECVERR = 11;
    private static final int IP_HEADER = 20;
    private static final int ICMP_HEADER = 8;
    private static final int UDP_HEADER = 8;
    private static final int QUOTED = 1200;
    private static final int DISCARD = 9;
    private static final byte[] BYTE = {42};

    private CgroupPacketDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        drivers.put("earlier-connection", PacketDrivers::established);
        drivers.put("answered-connection", PacketDrivers::accepted);
        drivers.put("ping-packet", PacketDrivers.all().get("ping-send"));
        drivers.put("raw-packet", PacketDrivers.all().get("raw-send"));
        drivers.put("header-packet", PacketDrivers.all().get("raw-header"));
        drivers.put("uring-packet", EgressDrivers.all().get("uring-datagram"));
        drivers.put("later-fragment", CgroupPacketDrivers::fragment);
        drivers.put("last-hop", CgroupPacketDrivers::lastHop);
        drivers.put("tunnel", CgroupPacketDrivers::tunnel);
        drivers.put("kernel-answer", CgroupPacketDrivers::reset);
        drivers.put("icmp-error", CgroupPacketDrivers::unreachable);
        drivers.put("icmp-error:error-queue", CgroupPacketDrivers::quoted);
        drivers.put("forwarded", CgroupPacketDrivers::forwarded);
        return drivers;
    }

    /** Sends the last fragment of a datagram to 127.0.0.1, port 9. It contains no port. */
    private static BypassDriver.Act fragment(Os os) {
        long watcher = PacketDrivers.wire(os);
        byte[] packet = PacketDrivers.datagram(LOOPBACK, LOOPBACK, DISCARD);
        ByteBuffer.wrap(packet).putShort(4, (short) 4661).putShort(6, (short) 2);
        return then -> {
            long fd = then.socket(INET, RAW, IPPROTO_RAW);
            then.sendTo(fd, packet, 0, Sockaddr.v4(LOOPBACK, 0));
            OptionDrivers.seen(then, watcher, got -> got.length == packet.length && got[7] == 2);
        };
    }

    /** Sends to 127.0.0.1 through 127.0.0.9. */
    private static BypassDriver.Act lastHop(Os os) {
        long watcher = PacketDrivers.wire(os);
        byte[] route = SourceRouteDrivers.route(SourceRouteDrivers.LOOSE, ALLOWED);
        return then -> {
            long fd = then.socket(INET, DGRAM, UDP);
            then.option(fd, 0, SourceRouteDrivers.IP_OPTIONS, route);
            then.sendTo(fd, BYTE, 0, Sockaddr.v4(LOOPBACK, DISCARD));
            SourceRouteDrivers.seen(then, watcher, ALLOWED);
        };
    }

    /** Sends a datagram to 127.0.0.1 inside a packet to 127.0.0.9. */
    private static BypassDriver.Act tunnel(Os os) {
        long end = os.socket(INET, RAW, IPPROTO_IPIP);
        byte[] inner = PacketDrivers.datagram(LOOPBACK, LOOPBACK, DISCARD);
        return then -> {
            then.sendTo(then.socket(INET, RAW, IPPROTO_IPIP), inner, 0, Sockaddr.v4(ALLOWED, 0));
            byte[] got = then.receive(end);
            if (!Arrays.equals(Arrays.copyOfRange(got, IP_HEADER, got.length), inner)) {
                throw new IllegalStateException("another packet came out");
            }
        };
    }

    /** Lets a process outside connect to a socket of the cgroup that does not listen. */
    private static BypassDriver.Act reset(Os os) {
        long bound = os.socket(INET, STREAM, TCP);
        os.bind(bound, Sockaddr.v4(LOOPBACK, 0));
        int port = os.port(bound);
        os.leave();
        long peer = os.socket(INET, STREAM, TCP);
        os.enter();
        return then -> refused(() -> then.connect(peer, Sockaddr.v4(LOOPBACK, port)));
    }

    /** Sends a datagram to a port without a socket; the next call reports the answer. */
    private static BypassDriver.Act unreachable(Os os) {
        long fd = os.socket(INET, DGRAM, UDP);
        os.connect(fd, Sockaddr.v4(LOOPBACK, DISCARD));
        return then -> {
            then.send(fd, BYTE);
            refused(() -> then.receive(fd));
        };
    }

    /**
     * Lets another process forge an ICMP error, and reads the packet that it quotes from the
     * socket.
     */
    private static BypassDriver.Act quoted(Os os) {
        os.leave();
        long forger = os.socket(INET, RAW, ICMP);
        os.enter();
        byte[] content = new byte[QUOTED];
        Arrays.fill(content, (byte) 42);
        return then -> {
            long fd = then.socket(INET, DGRAM, UDP);
            then.option(fd, 0, IP_RECVERR, 1);
            then.bind(fd, Sockaddr.v4(LOOPBACK, 0));
            then.sendTo(forger, unreachable(then.port(fd), content), 0, Sockaddr.v4(LOOPBACK, 0));
            if (!Arrays.equals(new Messages(then).takeError(fd), content)) {
                throw new IllegalStateException("another error was queued");
            }
        };
    }

    /**
     * Returns a "port unreachable" error about a datagram from 127.0.0.1 to 127.0.0.9 with this
     * content.
     */
    private static byte[] unreachable(int port, byte[] content) {
        byte[] datagram = PacketDrivers.datagram(LOOPBACK, ALLOWED, DISCARD);
        ByteBuffer error = ByteBuffer.allocate(ICMP_HEADER + IP_HEADER + UDP_HEADER + content.length);
        error.put(0, (byte) 3).put(1, (byte) 3).position(ICMP_HEADER).put(datagram, 0, IP_HEADER + UDP_HEADER);
        error.putShort(ICMP_HEADER + IP_HEADER, (short) port).put(content);
        return error.putShort(2, (short) ~PacketDrivers.sum(error, error.capacity()))
                .array();
    }

    private static void refused(Runnable call) {
        try {
            call.run();
        } catch (Refused e) {
            if (e.errno() == Errno.ECONNREFUSED.number()) {
                return;
            }
            throw e;
        }
        throw new IllegalStateException("no answer was expected");
    }

    /** Lets a packet that arrives by an interface leave by it again, for another host. */
    private static BypassDriver.Act forwarded(Os os) {
        long tun = PacketDrivers.interfaceUp(os);
        try {
            Files.writeString(Path.of("/proc/sys/net/ipv4/ip_forward"), "1");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int other = PacketDrivers.TUN_ADDRESS + 2;
        byte[] packet = PacketDrivers.datagram(PacketDrivers.TUN_ADDRESS + 1, other, DISCARD);
        return then -> {
            then.write(tun, packet);
            byte[] got = then.readPatiently(tun);
            while (ByteBuffer.wrap(got).getInt(16) != other) {
                got = then.readPatiently(tun);
            }
        };
    }
}
