// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import static org.ringwall.conformance.bypass.Os.DGRAM;
import static org.ringwall.conformance.bypass.Os.RAW;
import static org.ringwall.conformance.bypass.Os.UDP;
import static org.ringwall.conformance.bypass.PacketDrivers.INTERFACE;
import static org.ringwall.conformance.bypass.PacketDrivers.IPPROTO_RAW;
import static org.ringwall.conformance.bypass.PacketDrivers.TAP;
import static org.ringwall.conformance.bypass.PacketDrivers.TUN_ADDRESS;
import static org.ringwall.conformance.bypass.PacketDrivers.UDPLITE;
import static org.ringwall.conformance.bypass.Sockaddr.INET;
import static org.ringwall.conformance.bypass.Sockaddr.INET6;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.testkit.Guard;

/**
 * Bypasses by packets to groups and broadcast addresses of a device other than the loopback
 * device: receivers in the same network namespace get a copy, even if the call fails with EPERM.
 */
final class CopyDrivers {
    private static final int GROUP = 0xef010203;
    private static final int BROADCAST = -1;
    private static final int NETWORK = TUN_ADDRESS | 0xff;
    private static final int ICMP = 1;
    private static final int IP_ADD_MEMBERSHIP = 35;
    private static final int SO_BROADCAST = 6;
    private static final int SO_BINDTODEVICE = 25;
    private static final int IPV6_JOIN_GROUP = 20;
    private static final long GROUP6_HIGH = 0xff05_0000_0000_0000L;
    private static final long GROUP6_LOW = 0x77;
    private static final byte[] BYTE = {42};
    private static final byte[] ECHO = {8, 0, 0, 0, 0, 0, 0, 1};

    private CopyDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        drivers.put("multicast-packet:copy", loose(UDP, GROUP));
        drivers.put("multicast-packet:copy-of-connected", connected(UDP, GROUP));
        drivers.put("broadcast-packet:copy", loose(UDP, BROADCAST));
        drivers.put("network-broadcast-packet:copy", loose(UDP, NETWORK));
        drivers.put("multicast-packet:v6", CopyDrivers::six);
        for (String row : new String[] {"raw-copy", "raw-send:copy"}) {
            drivers.put(row, raw(UDP, GROUP));
        }
        drivers.put("raw-copy:broadcast", raw(UDP, BROADCAST));
        drivers.put("raw-copy:network", raw(UDP, NETWORK));
        drivers.put("raw-copy:header", raw(IPPROTO_RAW, GROUP));
        drivers.put("raw-header:copy", raw(IPPROTO_RAW, BROADCAST));
        drivers.put("raw-connect:copy", rawConnected());
        drivers.put("other-copy", ping());
        drivers.put("ping-send:copy", ping());
        drivers.put("other-copy:udplite", connected(UDPLITE, GROUP));
        drivers.put("udplite-connect:copy", connected(UDPLITE, BROADCAST));
        drivers.put("earlier-copy", CopyDrivers::earlier);
        drivers.put("established:copy", CopyDrivers::earlier);
        return drivers;
    }

    /** Returns a socket that receives what is sent to the group and to broadcast addresses. */
    private static long receiver(Os os, int type, int protocol) {
        PacketDrivers.interfaceUp(os, TAP);
        long fd = os.socket(INET, type, protocol);
        os.bind(fd, Sockaddr.v4(0, 0));
        ByteBuffer membership = ByteBuffer.allocate(8).putInt(GROUP).putInt(TUN_ADDRESS);
        os.option(fd, 0, IP_ADD_MEMBERSHIP, membership.array());
        return fd;
    }

    /** Returns a socket that sends by the device, and may send to broadcast addresses. */
    private static long sender(Os os, int type, int protocol) {
        long fd = os.socket(INET, type, protocol);
        os.option(fd, OptionDrivers.SOL_SOCKET, SO_BROADCAST, 1);
        os.option(fd, OptionDrivers.SOL_SOCKET, SO_BINDTODEVICE, INTERFACE);
        return fd;
    }

    private static BypassDriver loose(int protocol, int address) {
        return os -> {
            long receiver = receiver(os, DGRAM, protocol);
            int port = os.port(receiver);
            return then -> {
                long fd = sender(then, DGRAM, protocol);
                arrives(then, receiver, () -> then.sendTo(fd, BYTE, 0, Sockaddr.v4(address, port)));
            };
        };
    }

    private static BypassDriver connected(int protocol, int address) {
        return os -> {
            long receiver = receiver(os, DGRAM, protocol);
            int port = os.port(receiver);
            return then -> {
                long fd = sender(then, DGRAM, protocol);
                then.connect(fd, Sockaddr.v4(address, port));
                arrives(then, receiver, () -> then.send(fd, BYTE));
            };
        };
    }

    /** The datagram socket connects before the policy is in force. */
    private static BypassDriver.Act earlier(Os os) {
        long receiver = receiver(os, DGRAM, UDP);
        long fd = sender(os, DGRAM, UDP);
        os.connect(fd, Sockaddr.v4(GROUP, os.port(receiver)));
        return then -> arrives(then, receiver, () -> then.send(fd, BYTE));
    }

    /** Sends a UDP datagram by a raw socket, with an IP header for IPPROTO_RAW. */
    private static BypassDriver raw(int protocol, int address) {
        return os -> {
            long receiver = receiver(os, DGRAM, UDP);
            byte[] packet = packet(protocol, address, os.port(receiver));
            return then -> {
                long fd = sender(then, RAW, protocol);
                arrives(then, receiver, () -> then.sendTo(fd, packet, 0, Sockaddr.v4(address, 0)));
            };
        };
    }

    private static BypassDriver rawConnected() {
        return os -> {
            long receiver = receiver(os, DGRAM, UDP);
            byte[] packet = packet(UDP, GROUP, os.port(receiver));
            return then -> {
                long fd = sender(then, RAW, UDP);
                then.connect(fd, Sockaddr.v4(GROUP, 0));
                arrives(then, receiver, () -> then.send(fd, packet));
            };
        };
    }

    private static byte[] packet(int protocol, int address, int port) {
        byte[] whole = PacketDrivers.datagram(TUN_ADDRESS, address, port);
        return protocol == IPPROTO_RAW ? whole : java.util.Arrays.copyOfRange(whole, 20, whole.length);
    }

    /** Sends an echo request to the group by a ping socket. A raw socket receives it. */
    private static BypassDriver ping() {
        return os -> {
            long receiver = receiver(os, RAW, ICMP);
            return then -> {
                long fd = sender(then, DGRAM, ICMP);
                arrives(then, receiver, () -> then.sendTo(fd, ECHO, 0, Sockaddr.v4(GROUP, 0)));
            };
        };
    }

    /** Sends to an IPv6 group, of whose packets the kernel makes copies after the hook. */
    private static BypassDriver.Act six(Os os) {
        os.write(os.open("/proc/sys/net/ipv6/conf/default/accept_dad", 1), new byte[] {'0'});
        PacketDrivers.interfaceUp(os, TAP);
        long receiver = os.socket(INET6, DGRAM, UDP);
        os.bind(receiver, Sockaddr.v6(0, 0));
        ByteBuffer membership = ByteBuffer.allocate(20).putLong(GROUP6_HIGH).putLong(GROUP6_LOW);
        membership.order(java.nio.ByteOrder.nativeOrder()).putInt(PacketDrivers.interfaceIndex(os));
        os.option(receiver, 41, IPV6_JOIN_GROUP, membership.array());
        int port = os.port(receiver);
        // The kernel gives the interface its address some time after it is up.
        long probe = os.socket(INET6, DGRAM, UDP);
        os.option(probe, OptionDrivers.SOL_SOCKET, SO_BINDTODEVICE, INTERFACE);
        Guard.await("the interface has an address", () -> reaches(os, probe, port));
        return then -> {
            long fd = then.socket(INET6, DGRAM, UDP);
            then.option(fd, OptionDrivers.SOL_SOCKET, SO_BINDTODEVICE, INTERFACE);
            arrives(then, receiver, () -> then.sendTo(fd, BYTE, 0, Sockaddr.v6(GROUP6_HIGH, GROUP6_LOW, port)));
        };
    }

    private static boolean reaches(Os os, long fd, int port) {
        try {
            os.connect(fd, Sockaddr.v6(GROUP6_HIGH, GROUP6_LOW, port));
            return true;
        } catch (Refused e) {
            return false;
        }
    }

    /** Sends, and requires that the packet arrives, whatever the call returned. */
    private static void arrives(Os os, long receiver, Runnable send) {
        Refused refused = new Refused(Errno.EAGAIN.number(), "arrival");
        try {
            send.run();
        } catch (Refused e) {
            refused = e;
        }
        try {
            os.receive(receiver);
        } catch (Refused e) {
            throw refused;
        }
    }
}
