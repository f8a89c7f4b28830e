// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import static org.ringwall.conformance.bypass.OptionDrivers.number;
import static org.ringwall.conformance.bypass.Os.DGRAM;
import static org.ringwall.conformance.bypass.Os.UDP;
import static org.ringwall.conformance.bypass.Sockaddr.INET;
import static org.ringwall.conformance.bypass.Sockaddr.INET6;
import static org.ringwall.conformance.bypass.Sockaddr.LOOPBACK;
import static org.ringwall.conformance.bypass.SourceRouteDrivers.absent;
import static org.ringwall.conformance.bypass.SourceRouteDrivers.asNobody;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;

/**
 * Bypasses of `sockopt` by control messages of sendmsg(2), without privileges if none are needed.
 */
final class OptionMessageDrivers {
    private static final int SOL_IP = 0;
    private static final int SOL_IPV6 = 41;
    private static final int IP_TOS = 1;
    private static final int IP_TTL = 2;
    private static final int IP_RETOPTS = 7;
    private static final int IP_PKTINFO = 8;
    private static final int IPV6_HOPLIMIT = 52;
    private static final int IPV6_HOPOPTS = 54;
    private static final int IPV6_DSTOPTS = 59;
    private static final int IPV6_DONTFRAG = 62;
    private static final int IPV6_TCLASS = 67;
    private static final int UDP_SEGMENT = 103;
    private static final int SO_MARK = 36;
    private static final int SO_TIMESTAMPING = 37;
    private static final int SO_ATTACH_FILTER = 26;
    private static final int SO_RCVPRIORITY = 82;
    private static final int TX_SOFTWARE = 2;
    private static final int ERRQUEUE = 0x2000;
    private static final int DONTWAIT = 0x40;
    private static final int ETH_P_IPV6 = 0x86dd;
    private static final int TTL_AT = 8;
    private static final int SOURCE_AT = 12;
    private static final int HOP_LIMIT_AT = 7;
    private static final int NEXT_HEADER_AT = 6;
    private static final int DESTINATION_OPTIONS = 60;
    private static final int HOPS = 5;
    private static final int CLASS = 0x10;
    private static final int MARK = 0x52696e67;
    private static final int PRIORITY = 5;
    private static final int OTHER_SOURCE = 0x7f000007;
    private static final int DISCARD = 9;
    private static final int SEGMENT = 100;

    /** A length that exceeds what the loopback interface sends in one packet. */
    private static final int TOO_LONG = 65_500;

    /** Six bytes of padding: `struct ipv6_opt_hdr` and PadN. */
    private static final byte[] PADDING = {0, 0, 1, 4, 0, 0, 0, 0};

    private OptionMessageDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        drivers.put("control-message", v4(IP_TTL, number(HOPS), packet -> packet[TTL_AT] == HOPS));
        drivers.put("control-message:class", v4(IP_TOS, number(CLASS), packet -> packet[1] == CLASS));
        drivers.put("control-message:options", v4(IP_RETOPTS, new byte[] {1, 1, 1, 1}, packet -> packet[0] == 0x46));
        drivers.put(
                "control-message:source",
                v4(IP_PKTINFO, source(), packet -> ByteBuffer.wrap(packet).getInt(SOURCE_AT) == OTHER_SOURCE));
        drivers.put(
                "control-message:hop-limit",
                v6(IPV6_HOPLIMIT, number(HOPS), true, packet -> packet[HOP_LIMIT_AT] == HOPS));
        drivers.put(
                "control-message:traffic-class",
                v6(IPV6_TCLASS, number(CLASS), true, packet -> packet[0] == 0x61 && (packet[1] & 0xf0) == 0));
        drivers.put(
                "control-message:hop-by-hop", v6(IPV6_HOPOPTS, PADDING, false, packet -> packet[NEXT_HEADER_AT] == 0));
        drivers.put(
                "control-message:destination-options",
                v6(IPV6_DSTOPTS, PADDING, false, packet -> packet[NEXT_HEADER_AT] == DESTINATION_OPTIONS));
        drivers.put("control-message:dont-fragment", BypassDriver.at(os -> asNobody(os, () -> dontFragment(os))));
        drivers.put("control-message:segments", OptionMessageDrivers::segments);
        drivers.put("control-message:time-stamp", OptionMessageDrivers::timeStamp);
        drivers.put("marking-message", OptionMessageDrivers::mark);
        drivers.put("marking-message:class", v4(IP_TOS, number(CLASS), packet -> packet[1] == CLASS));
        drivers.put("marking-message:priority", OptionMessageDrivers::priority);
        return drivers;
    }

    private static BypassDriver v4(int type, byte[] data, Predicate<byte[]> such) {
        return os -> {
            long watcher = PacketDrivers.wire(os);
            return then -> asNobody(then, () -> {
                long fd = then.socket(INET, DGRAM, UDP);
                new Messages(then).send(fd, Sockaddr.v4(LOOPBACK, DISCARD), SOL_IP, type, data);
                OptionDrivers.seen(then, watcher, such);
            });
        };
    }

    private static BypassDriver v6(int type, byte[] data, boolean unprivileged, Predicate<byte[]> such) {
        return os -> {
            long watcher = PacketDrivers.wire(os, ETH_P_IPV6);
            BypassDriver.Act act = then -> {
                long fd = then.socket(INET6, DGRAM, UDP);
                new Messages(then).send(fd, Sockaddr.v6(1, DISCARD), SOL_IPV6, type, data);
                OptionDrivers.seen(then, watcher, such);
            };
            return unprivileged ? then -> asNobody(then, () -> act.take(then)) : act;
        };
    }

    /** Returns a `struct in_pktinfo` with a source address. */
    private static byte[] source() {
        return ByteBuffer.allocate(12).putInt(4, OTHER_SOURCE).array();
    }

    /** Shows that a datagram which would be fragmented is refused instead. */
    private static void dontFragment(Os os) {
        long fd = os.socket(INET6, DGRAM, UDP);
        byte[] address = Sockaddr.v6(1, DISCARD);
        byte[] content = new byte[TOO_LONG];
        os.sendTo(fd, content, 0, address);
        try {
            new Messages(os).send(fd, address, content, SOL_IPV6, IPV6_DONTFRAG, number(1));
        } catch (Refused e) {
            if (e.errno() == Errno.EMSGSIZE.number()) {
                return;
            }
            throw e;
        }
        throw new IllegalStateException("the datagram was cut");
    }

    /** Sends a datagram of 100 bytes and one of 50 by one call. */
    private static BypassDriver.Act segments(Os os) {
        long receiver = EgressDrivers.receiver(os);
        byte[] address = Sockaddr.v4(LOOPBACK, os.port(receiver));
        byte[] size = ByteBuffer.allocate(2)
                .order(ByteOrder.nativeOrder())
                .putShort((short) SEGMENT)
                .array();
        return then -> asNobody(then, () -> {
            long fd = then.socket(INET, DGRAM, UDP);
            new Messages(then).send(fd, address, new byte[SEGMENT + SEGMENT / 2], UDP, UDP_SEGMENT, size);
            if (then.receive(receiver).length != SEGMENT) {
                throw new IllegalStateException("the datagram was not cut");
            }
        });
    }

    /** Makes the kernel report when the datagram left. */
    private static BypassDriver.Act timeStamp(Os os) {
        long receiver = EgressDrivers.receiver(os);
        byte[] address = Sockaddr.v4(LOOPBACK, os.port(receiver));
        return then -> asNobody(then, () -> {
            long fd = then.socket(INET, DGRAM, UDP);
            new Messages(then).send(fd, address, OptionDrivers.SOL_SOCKET, SO_TIMESTAMPING, number(TX_SOFTWARE));
            try (NativeArena.Frame frame = then.frame()) {
                NativeBlock block = frame.zeros(256);
                then.patiently(Call.RECVFROM, fd, block.address(), block.size(), ERRQUEUE | DONTWAIT);
            }
        });
    }

    /** Sends to a receiver that accepts only packets with the mark. */
    private static BypassDriver.Act mark(Os os) {
        long receiver = EgressDrivers.receiver(os);
        takeOnly(os, receiver, MARK);
        byte[] address = Sockaddr.v4(LOOPBACK, os.port(receiver));
        return then -> {
            long fd = then.socket(INET, DGRAM, UDP);
            new Messages(then).send(fd, address, OptionDrivers.SOL_SOCKET, SO_MARK, number(MARK));
            then.receive(receiver);
        };
    }

    /** Attaches a filter: `ld mark; jeq #mark, 0, 1; ret #-1; ret #0`. */
    private static void takeOnly(Os os, long fd, int mark) {
        try (NativeArena.Frame frame = os.frame()) {
            NativeBlock code = frame.zeros(32);
            code.putInt(0, 0x20).putInt(4, -4096 + 20);
            code.putInt(8, 0x15 | 1 << 24).putInt(12, mark);
            code.putInt(16, 0x06).putInt(20, -1);
            code.putInt(24, 0x06);
            NativeBlock program = frame.zeros(16).putInt(0, 4).putLong(8, code.address());
            os.optionAt(fd, OptionDrivers.SOL_SOCKET, SO_ATTACH_FILTER, program);
        }
    }

    /** Sends to a receiver that reads the priority of what arrives (from Linux 6.14 on). */
    private static BypassDriver.Act priority(Os os) {
        long receiver = EgressDrivers.receiver(os);
        try {
            os.option(receiver, OptionDrivers.SOL_SOCKET, SO_RCVPRIORITY, 1);
        } catch (Refused e) {
            throw new Refused(Errno.EPROTONOSUPPORT.number(), e.step());
        }
        byte[] address = Sockaddr.v4(LOOPBACK, os.port(receiver));
        return then -> asNobody(then, () -> {
            long fd = then.socket(INET, DGRAM, UDP);
            absent(() -> new Messages(then)
                    .send(fd, address, OptionDrivers.SOL_SOCKET, OptionDrivers.SO_PRIORITY, number(PRIORITY)));
            int told = new Messages(then).receiveNumber(receiver);
            if (told != PRIORITY) {
                throw new IllegalStateException("the priority was " + told);
            }
        });
    }
}
