// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import static org.ringwall.conformance.bypass.Os.DGRAM;
import static org.ringwall.conformance.bypass.Os.RAW;
import static org.ringwall.conformance.bypass.Os.STREAM;
import static org.ringwall.conformance.bypass.Os.TCP;
import static org.ringwall.conformance.bypass.Os.UDP;
import static org.ringwall.conformance.bypass.Sockaddr.ALLOWED;
import static org.ringwall.conformance.bypass.Sockaddr.INET;
import static org.ringwall.conformance.bypass.Sockaddr.INET6;
import static org.ringwall.conformance.bypass.Sockaddr.LOOPBACK;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.sys.Call;

/**
 * Bypasses by packets with a forged source to ::1 and 10.9.0.1, which the policies for these
 * bypasses allow. The kernel's answer leaves by a TUN device for 2001:db8::7 or 198.51.100.7,
 * which they deny.
 */
final class SourceDrivers {
    private static final long DENIED_HIGH = 0x2001_0db8_0000_0000L;
    private static final long DENIED_LOW = 7;
    private static final int DENIED = 0xc6336407;
    private static final int DISCARD = 9;
    private static final int IPPROTO_RAW = 255;
    private static final int IPPROTO_IPV6 = 41;
    private static final int ICMP = 1;
    private static final int ICMPV6 = 58;
    private static final int IP_TRANSPARENT = 19;
    private static final int IPV6_FREEBIND = 78;
    private static final int IPV6_PKTINFO = 50;
    private static final int IP_ADD_SOURCE_MEMBERSHIP = 39;
    private static final int MCAST_JOIN_SOURCE_GROUP = 46;
    private static final int SIOCADDRT = 0x890b;
    private static final int REPORTS = 0xe0000016;
    private static final int SOL_NETLINK = 270;
    private static final int NETLINK_ADD_MEMBERSHIP = 1;
    private static final int ND_USEROPT = 20;
    private static final int IPV6_HEADER = 40;
    private static final int ADVERTISEMENT = 16;

    /**
     * The number of reads for a report. The kernel delays reports of a new group at random, by up
     * to a second (mld_ifc_event, igmp_ifc_event).
     */
    private static final int REPORT_TRIES = 5 * Os.TRIES;

    private static final byte[] CONTENT = "chosen bytes".getBytes(StandardCharsets.US_ASCII);

    private SourceDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        drivers.put("forged-source", answered(SourceDrivers::sendBound, CONTENT));
        drivers.put("forged-source:message", answered(SourceDrivers::sendWithSource, CONTENT));
        drivers.put("forged-source:echo", answered(SourceDrivers::ping, CONTENT));
        drivers.put("forged-source:handshake", answered(SourceDrivers::connectBound, new byte[0]));
        drivers.put("forged-source:transparent", answered4(SourceDrivers::sendTransparent));
        drivers.put("forged-source:header", answered4(SourceDrivers::pingByHeader));
        drivers.put("header-hop", SourceDrivers::headerHop);
        drivers.put("group-report", SourceDrivers::report);
        drivers.put("group-report:v6", SourceDrivers::report6);
        drivers.put("router-advertisement", SourceDrivers::advertisement);
        return drivers;
    }

    /**
     * Returns a driver that sends without privileges, and waits for the answer to the denied IPv6
     * address. The listener is outside of the cgroup.
     */
    private static BypassDriver answered(BypassDriver.Act send, byte[] content) {
        return os -> {
            long tun = PacketDrivers.interfaceUp(os);
            route6(os);
            os.leave();
            long listener = os.socket(INET6, STREAM, TCP);
            os.bind(listener, Sockaddr.v6(1, BindDrivers.PORT));
            os.listen(listener);
            os.enter();
            return then -> {
                SourceRouteDrivers.asNobody(then, () -> send.take(then));
                seen(
                        then,
                        tun,
                        packet -> packet[0] >>> 4 == 6
                                && ByteBuffer.wrap(packet).getLong(24) == DENIED_HIGH
                                && ByteBuffer.wrap(packet).getLong(32) == DENIED_LOW
                                && ends(packet, content));
            };
        };
    }

    /**
     * Returns a driver that sends as root, and waits for the answer to the denied IPv4 address.
     */
    private static BypassDriver answered4(BypassDriver.Act send) {
        return os -> {
            long tun = PacketDrivers.interfaceUp(os);
            NetworkDrivers.route(os, SIOCADDRT, DENIED, "ringwall0");
            return then -> {
                send.take(then);
                seen(
                        then,
                        tun,
                        packet -> packet[0] >>> 4 == 4 && destination(packet) == DENIED && ends(packet, CONTENT));
            };
        };
    }

    private static void sendBound(Os os) {
        long fd = bound(os, DGRAM, 0);
        os.sendTo(fd, CONTENT, 0, Sockaddr.v6(1, DISCARD));
    }

    private static void sendWithSource(Os os) {
        long fd = os.socket(INET6, DGRAM, UDP);
        os.option(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
        byte[] source =
                ByteBuffer.allocate(20).putLong(DENIED_HIGH).putLong(DENIED_LOW).array();
        new Messages(os).send(fd, Sockaddr.v6(1, DISCARD), CONTENT, IPPROTO_IPV6, IPV6_PKTINFO, source);
    }

    private static void ping(Os os) {
        long fd = bound(os, DGRAM, ICMPV6);
        os.sendTo(fd, echo(128), 0, Sockaddr.v6(1, 0));
    }

    private static void connectBound(Os os) {
        long fd = bound(os, STREAM, TCP);
        os.impatient(fd);
        try {
            os.connect(fd, Sockaddr.v6(1, BindDrivers.PORT));
        } catch (Refused e) {
            if (e.errno() != Errno.EINPROGRESS.number()) {
                throw e;
            }
        }
    }

    private static void sendTransparent(Os os) {
        long fd = os.socket(INET, DGRAM, UDP);
        os.option(fd, 0, IP_TRANSPARENT, 1);
        os.bind(fd, Sockaddr.v4(DENIED, 0));
        os.sendTo(fd, CONTENT, 0, Sockaddr.v4(PacketDrivers.TUN_ADDRESS, DISCARD));
    }

    private static void pingByHeader(Os os) {
        byte[] echo = echo(8);
        ByteBuffer.wrap(echo).putShort(2, (short) ~PacketDrivers.sum(ByteBuffer.wrap(echo), echo.length));
        ByteBuffer packet = ByteBuffer.allocate(20 + echo.length);
        packet.put(0, (byte) 0x45).put(8, (byte) 64).put(9, (byte) ICMP);
        packet.putInt(12, DENIED)
                .putInt(16, PacketDrivers.TUN_ADDRESS)
                .position(20)
                .put(echo);
        os.sendTo(os.socket(INET, RAW, IPPROTO_RAW), packet.array(), 0, Sockaddr.v4(PacketDrivers.TUN_ADDRESS, 0));
    }

    /** Returns a socket that is bound to the denied address, which the host does not have. */
    private static long bound(Os os, int type, int protocol) {
        long fd = os.socket(INET6, type, protocol);
        os.option(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
        os.bind(fd, Sockaddr.v6(DENIED_HIGH, DENIED_LOW, 0));
        return fd;
    }

    /** Returns an echo message that carries the content. */
    private static byte[] echo(int type) {
        return ByteBuffer.allocate(8 + CONTENT.length)
                .put(0, (byte) type)
                .put(7, (byte) 1)
                .position(8)
                .put(CONTENT)
                .array();
    }

    /**
     * Adds a host route to the denied address through the TUN device, by SIOCADDRT with a
     * `struct in6_rtmsg`.
     */
    private static void route6(Os os) {
        ByteBuffer route = ByteBuffer.allocate(80).putLong(DENIED_HIGH).putLong(DENIED_LOW);
        route.order(ByteOrder.nativeOrder()).putShort(52, (short) 128).putInt(56, 1);
        route.putInt(72, 5).putInt(76, PacketDrivers.interfaceIndex(os));
        long fd = os.socket(INET6, DGRAM, UDP);
        os.withBytes(route.array(), block -> os.call(Call.IOCTL, fd, SIOCADDRT, block.address()));
    }

    /** Sends a packet whose header has the destination 127.0.0.9 to the next hop 10.9.0.2. */
    private static BypassDriver.Act headerHop(Os os) {
        long tun = PacketDrivers.interfaceUp(os);
        return then -> {
            long fd = then.socket(INET, RAW, IPPROTO_RAW);
            byte[] packet = PacketDrivers.datagram(LOOPBACK, ALLOWED, DISCARD);
            then.sendTo(fd, packet, 0, Sockaddr.v4(PacketDrivers.TUN_ADDRESS + 1, 0));
            seen(then, tun, got -> destination(got) == ALLOWED);
        };
    }

    /**
     * Sends an IGMP report. Its last four bytes are the source that an unprivileged process chose.
     */
    private static BypassDriver.Act report(Os os) {
        long tun = PacketDrivers.interfaceUp(os);
        byte[] chosen = {'r', 'e', 'p', 't'};
        byte[] membership = ByteBuffer.allocate(12)
                .putInt(NetworkDrivers.GROUP)
                .putInt(PacketDrivers.TUN_ADDRESS)
                .put(chosen)
                .array();
        return then -> {
            long fd = then.socket(INET, DGRAM, UDP);
            SourceRouteDrivers.asNobody(then, () -> then.option(fd, 0, IP_ADD_SOURCE_MEMBERSHIP, membership));
            seen(then, tun, REPORT_TRIES, packet -> destination(packet) == REPORTS && ends(packet, chosen));
        };
    }

    /** Sends an MLD report with a source that an unprivileged process chose. */
    private static BypassDriver.Act report6(Os os) {
        long tun = PacketDrivers.interfaceUp(os);
        byte[] request = sourceGroup(PacketDrivers.interfaceIndex(os));
        byte[] chosen = "chosen by nobody".getBytes(StandardCharsets.US_ASCII);
        ByteBuffer.wrap(request).position(136 + 8).put(chosen);
        return then -> {
            long fd = then.socket(INET6, DGRAM, UDP);
            SourceRouteDrivers.asNobody(then, () -> then.option(fd, IPPROTO_IPV6, MCAST_JOIN_SOURCE_GROUP, request));
            // One report has the records of several groups, in the order of the device's list.
            seen(then, tun, REPORT_TRIES, packet -> packet[0] >>> 4 == 6 && indexOf(packet, chosen) >= 0);
        };
    }

    /** Returns the `struct group_source_req` of a group, without the source. */
    private static byte[] sourceGroup(int index) {
        ByteBuffer request = ByteBuffer.allocate(264).order(ByteOrder.nativeOrder());
        request.putInt(0, index).putShort(8, (short) INET6).putShort(136, (short) INET6);
        request.order(ByteOrder.BIG_ENDIAN).putLong(16, 0xff0e_0000_0000_0000L).putLong(24, 7);
        return request.array();
    }

    /**
     * Receives an advertisement with a list of name servers (RFC 8106), whose address an
     * unprivileged process reads.
     */
    private static BypassDriver.Act advertisement(Os os) {
        long tun = PacketDrivers.interfaceUp(os);
        byte[] chosen = "chosen by nobody".getBytes(StandardCharsets.US_ASCII);
        ByteBuffer options =
                ByteBuffer.allocate(24).put(0, (byte) 25).put(1, (byte) 3).putInt(4, 600);
        options.position(8).put(chosen);
        return then -> {
            long[] fd = new long[1];
            SourceRouteDrivers.asNobody(then, () -> {
                fd[0] = then.socket(Sockaddr.NETLINK, RAW, 0);
                then.bind(fd[0], Sockaddr.netlink());
                then.option(fd[0], SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, ND_USEROPT);
            });
            then.write(tun, advertisement(options.array()));
            if (indexOf(then.receive(fd[0]), chosen) < 0) {
                throw new IllegalStateException("another option was reported");
            }
        };
    }

    /** Returns a packet from fe80::bad to ff02::1. */
    private static byte[] advertisement(byte[] options) {
        int length = ADVERTISEMENT + options.length;
        ByteBuffer packet = ByteBuffer.allocate(IPV6_HEADER + length);
        packet.putLong(8, 0xfe80_0000_0000_0000L).putLong(16, 0xbad);
        packet.putLong(24, 0xff02_0000_0000_0000L).putLong(32, 1);
        packet.put(IPV6_HEADER, (byte) 134).put(IPV6_HEADER + 4, (byte) 64);
        packet.position(IPV6_HEADER + ADVERTISEMENT).put(options);
        packet.putShort(4, (short) length).put(7, (byte) ICMPV6);
        packet.putShort(IPV6_HEADER + 2, (short) ~PacketDrivers.sum(packet, packet.capacity()));
        return packet.putShort(4, (short) length)
                .put(0, (byte) 0x60)
                .put(6, (byte) ICMPV6)
                .put(7, (byte) 255)
                .array();
    }

    private static int indexOf(byte[] bytes, byte[] part) {
        return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(new String(part, StandardCharsets.ISO_8859_1));
    }

    /** Waits for a packet that leaves by the device. */
    private static void seen(Os os, long tun, Predicate<byte[]> wanted) {
        seen(os, tun, Os.TRIES, wanted);
    }

    private static void seen(Os os, long tun, int tries, Predicate<byte[]> wanted) {
        while (!wanted.test(os.readPatiently(tun, tries))) {
            Os.pause();
        }
    }

    private static int destination(byte[] packet) {
        return ByteBuffer.wrap(packet).getInt(16);
    }

    private static boolean ends(byte[] packet, byte[] content) {
        int from = packet.length - content.length;
        return from >= 0 && ByteBuffer.wrap(packet, from, content.length).equals(ByteBuffer.wrap(content));
    }
}
