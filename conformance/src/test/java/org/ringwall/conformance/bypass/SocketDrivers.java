// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import static org.ringwall.conformance.bypass.Os.DGRAM;
import static org.ringwall.conformance.bypass.Os.RAW;
import static org.ringwall.conformance.bypass.Os.STREAM;
import static org.ringwall.conformance.bypass.Os.TCP;
import static org.ringwall.conformance.bypass.Sockaddr.INET;
import static org.ringwall.conformance.bypass.Sockaddr.INET6;
import static org.ringwall.conformance.bypass.Sockaddr.LOOPBACK;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;

/** Bypasses of `sockets`, which get a socket that the block denies. */
final class SocketDrivers {
    private static final int ICMP = 1;
    private static final int SMC = 256;
    private static final int MPTCP = 262;
    private static final int IP_HDRINCL = 3;
    private static final int RTM_NEWADDR = 20;
    private static final int REQUEST_ACK_CREATE = 0x405;
    private static final int ADDED = 0x7f010101;
    private static final byte[] BYTE = {42};

    private SocketDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        drivers.put("mptcp-socket", BypassDriver.at(os -> os.socket(INET, STREAM, MPTCP)));
        drivers.put("smc-protocol", BypassDriver.at(os -> os.socket(INET, STREAM, SMC)));
        drivers.put("raw-low-byte", os -> {
            long watcher = os.socket(INET, RAW, TCP);
            return then -> {
                then.sendTo(then.socket(INET, RAW, MPTCP), segment(), 0, Sockaddr.v4(LOOPBACK, 0));
                then.receive(watcher);
            };
        });
        drivers.put("raw-any-protocol", os -> {
            long receiver = EgressDrivers.receiver(os);
            int port = os.port(receiver);
            return then -> {
                long fd = then.socket(INET, RAW, ICMP);
                then.option(fd, 0, IP_HDRINCL, 1);
                then.sendTo(fd, PacketDrivers.datagram(LOOPBACK, LOOPBACK, port), 0, Sockaddr.v4(LOOPBACK, 0));
                then.receive(receiver);
            };
        });
        drivers.put("protocol-zero", BypassDriver.at(os -> os.socket(INET, STREAM, 0)));
        drivers.put("uring-socket", BypassDriver.at(os -> new Uring(os).socket(INET, STREAM, TCP)));
        drivers.put("v4-over-v6-socket", os -> {
            long listener = EgressDrivers.listener(os, TCP);
            int port = os.port(listener);
            return then -> {
                then.connect(then.socket(INET6, STREAM, TCP), Sockaddr.mapped(LOOPBACK, port));
                then.accept(listener);
            };
        });
        drivers.put("accept-socket", os -> {
            long listener = EgressDrivers.listener(os, TCP);
            long peer = os.socket(INET, STREAM, TCP);
            int port = os.port(listener);
            return then -> {
                then.connect(peer, Sockaddr.v4(LOOPBACK, port));
                then.send(then.accept(listener), BYTE);
            };
        });
        families(drivers);
        return drivers;
    }

    /** Returns a TCP header without flags, from port 9 to port 9. */
    private static byte[] segment() {
        return ByteBuffer.allocate(20)
                .putShort(0, (short) 9)
                .putShort(2, (short) 9)
                .put(12, (byte) 0x50)
                .array();
    }

    private static void families(Map<String, BypassDriver> drivers) {
        drivers.put("netlink-socket", BypassDriver.at(SocketDrivers::addAddress));
        drivers.put(
                "vsock-socket",
                BypassDriver.at(os -> os.bind(os.socket(Sockaddr.VSOCK, STREAM, 0), Sockaddr.vsock(-1, -1))));
        drivers.put("unix-socket", os -> {
            os.leave();
            long listener = os.socket(Sockaddr.UNIX, STREAM, 0);
            byte[] name =
                    Sockaddr.unix("ringwall-test-" + ProcessHandle.current().pid());
            os.bind(listener, name);
            os.listen(listener);
            os.enter();
            return then -> {
                long fd = then.socket(Sockaddr.UNIX, STREAM, 0);
                then.connect(fd, name);
                then.send(fd, BYTE);
                then.receive(then.accept(listener));
            };
        });
        drivers.put("other-families", BypassDriver.at(SocketDrivers::anyOtherFamily));
    }

    /**
     * Sends RTM_NEWADDR for another address of the loopback interface, which has index 1 in a
     * namespace of its own.
     */
    private static void addAddress(Os os) {
        long fd = os.socket(Sockaddr.NETLINK, DGRAM, 0);
        ByteBuffer request = ByteBuffer.allocate(40).order(ByteOrder.nativeOrder());
        request.putInt(40)
                .putShort((short) RTM_NEWADDR)
                .putShort((short) REQUEST_ACK_CREATE)
                .putInt(1)
                .putInt(0);
        request.put((byte) INET).put((byte) 32).put((byte) 0).put((byte) 0).putInt(1);
        address(request, 2);
        address(request, 1);
        os.send(fd, request.array());
        int error =
                ByteBuffer.wrap(os.receive(fd)).order(ByteOrder.nativeOrder()).getInt(16);
        if (error != 0 && error != -17) {
            throw new Refused(-error, "rtnetlink");
        }
    }

    private static void address(ByteBuffer request, int attribute) {
        request.putShort((short) 8).putShort((short) attribute);
        request.order(ByteOrder.BIG_ENDIAN).putInt(ADDED).order(ByteOrder.nativeOrder());
    }

    /**
     * Creates a socket of the first of these families that the kernel has: SMC, RDS, TIPC, RxRPC,
     * CAN, ALG, XDP.
     */
    private static void anyOtherFamily(Os os) {
        int[][] kinds = {{43, 1, 0}, {21, 5, 0}, {30, 1, 0}, {33, 2, 2}, {29, 3, 1}, {38, 5, 0}, {44, 3, 0}};
        Refused last = new Refused(0, "socket");
        for (int[] kind : kinds) {
            try {
                os.socket(kind[0], kind[1], kind[2]);
                return;
            } catch (Refused e) {
                last = e;
            }
        }
        throw last;
    }
}
