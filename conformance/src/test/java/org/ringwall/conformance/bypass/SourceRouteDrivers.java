// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import static org.ringwall.conformance.bypass.Os.DGRAM;
import static org.ringwall.conformance.bypass.Os.UDP;
import static org.ringwall.conformance.bypass.Sockaddr.ALLOWED;
import static org.ringwall.conformance.bypass.Sockaddr.INET;
import static org.ringwall.conformance.bypass.Sockaddr.INET6;
import static org.ringwall.conformance.bypass.Sockaddr.LOOPBACK;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.sys.Call;

/**
 * Bypasses in which a packet leaves for another address than the one that the hooks judged: the
 * process names an allowed address, and the packet reaches a denied loopback address. An
 * unprivileged process sends the IPv6 routing headers; for the IPv4 options kernel 6.18 requires
 * CAP_NET_RAW.
 */
final class SourceRouteDrivers {
    static final int LOOSE = 131;
    static final int STRICT = 137;
    static final int IP_OPTIONS = 4;
    private static final int IP_RETOPTS = 7;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_RTHDR = 57;
    private static final int ETH_P_IPV6 = 0x86dd;
    private static final int NEXT_HEADER = 6;
    private static final int ROUTING = 43;
    private static final int SEGMENT_ROUTING = 4;
    private static final int HOME_ADDRESS = 2;
    private static final int EINVAL = 22;
    private static final int EPROTONOSUPPORT = 93;

    /**
     * 2001:db8::d247, which every policy of the tests allows. Its 16-bit words have the same sum
     * as those of ::1, so that the checksum of a datagram to one address is also valid at the
     * other (RFC 1071).
     */
    private static final long ALLOWED_HIGH = 0x2001_0db8_0000_0000L;

    private static final long ALLOWED_LOW = 0xd247;

    private static final long NOBODY = 65534;
    private static final long SAME = -1;
    private static final byte[] BYTE = {42};

    private SourceRouteDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        drivers.put("source-route", byOption(LOOSE));
        drivers.put("source-route:strict", byOption(STRICT));
        drivers.put("source-route:message", SourceRouteDrivers::byMessage);
        drivers.put("source-route:routing-header", SourceRouteDrivers::byRoutingHeader);
        drivers.put("source-route:routing-header-connected", SourceRouteDrivers::connected);
        drivers.put("source-route:routing-header-by-int-0x80", SourceRouteDrivers::byCompatCall);
        drivers.put("source-route:home-address", SourceRouteDrivers::byHomeAddress);
        drivers.put("source-route:home-address-message", SourceRouteDrivers::byHomeAddressMessage);
        return drivers;
    }

    /** Sets the source route by setsockopt, for everything that the socket sends. */
    private static BypassDriver byOption(int kind) {
        return os -> {
            long watcher = PacketDrivers.wire(os);
            byte[] route = route(kind, LOOPBACK);
            return then -> {
                long fd = then.socket(INET, DGRAM, UDP);
                then.option(fd, 0, IP_OPTIONS, route);
                then.sendTo(fd, BYTE, 0, Sockaddr.v4(ALLOWED, 9));
                seen(then, watcher, LOOPBACK);
            };
        };
    }

    /** Sets the source route by a control message, for one datagram. */
    private static BypassDriver.Act byMessage(Os os) {
        long watcher = PacketDrivers.wire(os);
        byte[] route = route(LOOSE, LOOPBACK);
        return then -> {
            long fd = then.socket(INET, DGRAM, UDP);
            new Messages(then).send(fd, Sockaddr.v4(ALLOWED, 9), 0, IP_RETOPTS, route);
            seen(then, watcher, LOOPBACK);
        };
    }

    /** Returns a source route with one address. */
    static byte[] route(int kind, int hop) {
        return ByteBuffer.allocate(8)
                .put(new byte[] {(byte) kind, 7, 4})
                .putInt(3, hop)
                .array();
    }

    /** Waits for a packet to this address that carries IP options. */
    static void seen(Os os, long watcher, int address) {
        OptionDrivers.seen(
                os,
                watcher,
                packet -> (packet[0] & 15) > 5 && ByteBuffer.wrap(packet).getInt(16) == address);
    }

    /** Sends a datagram to 2001:db8::d247 that the service on ::1 receives. */
    private static BypassDriver.Act byRoutingHeader(Os os) {
        long receiver = receiver(os);
        byte[] named = named(os.port(receiver));
        return then -> asNobody(then, () -> {
            long fd = then.socket(INET6, DGRAM, UDP);
            then.option(fd, IPPROTO_IPV6, IPV6_RTHDR, segment());
            then.sendTo(fd, BYTE, 0, named);
            then.receive(receiver);
        });
    }

    /** Sends the same from a connected socket, for which connect6 runs. */
    private static BypassDriver.Act connected(Os os) {
        long receiver = receiver(os);
        byte[] named = named(os.port(receiver));
        return then -> asNobody(then, () -> {
            long fd = then.socket(INET6, DGRAM, UDP);
            then.option(fd, IPPROTO_IPV6, IPV6_RTHDR, segment());
            then.connect(fd, named);
            then.send(fd, BYTE);
            then.receive(receiver);
        });
    }

    /**
     * Sends the same by 32-bit calls, which invoke no setsockopt hook. The program runs as root.
     */
    private static BypassDriver.Act byCompatCall(Os os) {
        long receiver = receiver(os);
        CompatCall call = CompatCall.ready(
                os, new CompatCall.Use(INET6, IPPROTO_IPV6, IPV6_RTHDR, segment(), named(os.port(receiver))));
        return then -> {
            call.take();
            then.receive(receiver);
        };
    }

    /**
     * Sends a routing header of Mobile IPv6, if the kernel has it, and waits for the packet on its
     * way to ::1.
     */
    private static BypassDriver.Act byHomeAddress(Os os) {
        long watcher = PacketDrivers.wire(os, ETH_P_IPV6);
        return then -> asNobody(then, () -> {
            long fd = then.socket(INET6, DGRAM, UDP);
            absent(() -> then.option(fd, IPPROTO_IPV6, IPV6_RTHDR, homeAddress()));
            then.sendTo(fd, BYTE, 0, named(9));
            routed(then, watcher);
        });
    }

    /** Sends the same header for one datagram by a control message. */
    private static BypassDriver.Act byHomeAddressMessage(Os os) {
        long watcher = PacketDrivers.wire(os, ETH_P_IPV6);
        return then -> asNobody(then, () -> {
            long fd = then.socket(INET6, DGRAM, UDP);
            absent(() -> new Messages(then).send(fd, named(9), IPPROTO_IPV6, IPV6_RTHDR, homeAddress()));
            routed(then, watcher);
        });
    }

    /** Waits for a packet to ::1 with a routing header. */
    private static void routed(Os os, long watcher) {
        OptionDrivers.seen(
                os,
                watcher,
                packet -> packet[NEXT_HEADER] == ROUTING
                        && ByteBuffer.wrap(packet).getLong(24) == 0
                        && ByteBuffer.wrap(packet).getLong(32) == 1);
    }

    /** Returns a service on ::1, in a network namespace that accepts segment routing. */
    private static long receiver(Os os) {
        for (String device : new String[] {"all", "lo"}) {
            try {
                Files.writeString(Path.of("/proc/sys/net/ipv6/conf", device, "seg6_enabled"), "1");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        long receiver = os.socket(INET6, DGRAM, UDP);
        os.bind(receiver, Sockaddr.v6(1, 0));
        return receiver;
    }

    private static byte[] named(int port) {
        return Sockaddr.v6(ALLOWED_HIGH, ALLOWED_LOW, port);
    }

    /** Returns a struct ipv6_sr_hdr with ::1 as its only segment, and no segment left. */
    private static byte[] segment() {
        return ByteBuffer.allocate(24)
                .put(1, (byte) 2)
                .put(2, (byte) SEGMENT_ROUTING)
                .put(23, (byte) 1)
                .array();
    }

    /** Returns a struct rt2_hdr with ::1 as the home address. */
    private static byte[] homeAddress() {
        return ByteBuffer.allocate(24)
                .put(1, (byte) 2)
                .put(2, (byte) HOME_ADDRESS)
                .put(3, (byte) 1)
                .put(23, (byte) 1)
                .array();
    }

    /** Runs a call, and reports the refusal of a kernel without the option as EPROTONOSUPPORT. */
    static void absent(Runnable call) {
        try {
            call.run();
        } catch (Refused e) {
            throw e.errno() == EINVAL ? new Refused(EPROTONOSUPPORT, e.step()) : e;
        }
    }

    /** Runs an action without privileges. */
    static void asNobody(Os os, Runnable act) {
        os.call(Call.SETRESUID, SAME, NOBODY, SAME);
        try {
            act.run();
        } finally {
            os.call(Call.SETRESUID, SAME, 0, SAME);
        }
    }
}
