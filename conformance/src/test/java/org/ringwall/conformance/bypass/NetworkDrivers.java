// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import static org.ringwall.conformance.bypass.Os.DGRAM;
import static org.ringwall.conformance.bypass.Os.UDP;
import static org.ringwall.conformance.bypass.Sockaddr.INET;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.sys.Call;

/**
 * Bypasses by datagrams to many receivers, and by network changes that direct an allowed address
 * elsewhere.
 */
final class NetworkDrivers {
    private static final int BROADCAST = -1;
    private static final int LOOPBACK_BROADCAST = 0x7fff_ffff;
    static final int NESTED = 0x8000;
    static final String TUNNEL = "tun9";
    static final int GROUP = 0xef010203;

    /** An address that the policies for the tunnel allow. */
    static final int INNER = 0xc6336409;

    static final int VNI = 5;
    private static final int ROUTED = 0xc6336407;
    private static final int DISCARD = 9;
    private static final int SO_BROADCAST = 6;
    private static final int SO_BINDTODEVICE = 25;
    private static final int IP_MULTICAST_IF = 32;
    private static final int IP_ADD_MEMBERSHIP = 35;
    private static final int SIOCADDRT = 0x890b;
    static final int VXLAN = 4789;
    private static final int SIOCDELRT = 0x890c;
    private static final int RTENTRY = 120;
    private static final int RTM_NEWLINK = 16;
    private static final int RTM_DELLINK = 17;
    private static final int REQUEST_ACK = 5;
    private static final int EXCL_CREATE = 0x600;
    private static final int SIOCSIFADDR = 0x8916;
    private static final byte[] BYTE = {42};

    private NetworkDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        drivers.put("broadcast-datagram", os -> broadcast(os, BROADCAST));
        drivers.put("broadcast-packet", os -> broadcast(os, BROADCAST));
        drivers.put("network-broadcast", os -> broadcast(os, LOOPBACK_BROADCAST));
        drivers.put("network-broadcast-packet", os -> broadcast(os, LOOPBACK_BROADCAST));
        drivers.put("multicast-datagram", NetworkDrivers::multicast);
        drivers.put("multicast-packet", NetworkDrivers::multicast);
        drivers.put("route-ioctl", BypassDriver.at(NetworkDrivers::addRoute));
        drivers.put("tunnel-device", NetworkDrivers::tunnel);
        drivers.put("kernel-socket", NetworkDrivers::devicePort);
        drivers.put("kernel-bind", NetworkDrivers::devicePort);
        return drivers;
    }

    private static BypassDriver.Act broadcast(Os os, int address) {
        long receiver = EgressDrivers.receiver(os);
        int port = os.port(receiver);
        return then -> {
            long fd = then.socket(INET, DGRAM, UDP);
            then.option(fd, OptionDrivers.SOL_SOCKET, SO_BROADCAST, 1);
            then.option(fd, OptionDrivers.SOL_SOCKET, SO_BINDTODEVICE, new byte[] {'l', 'o', 0});
            then.sendTo(fd, BYTE, 0, Sockaddr.v4(address, port));
            then.receive(receiver);
        };
    }

    private static BypassDriver.Act multicast(Os os) {
        long receiver = os.socket(INET, DGRAM, UDP);
        os.bind(receiver, Sockaddr.v4(0, 0));
        ByteBuffer membership = ByteBuffer.allocate(8).putInt(GROUP).putInt(Sockaddr.LOOPBACK);
        os.option(receiver, 0, IP_ADD_MEMBERSHIP, membership.array());
        int port = os.port(receiver);
        return then -> {
            long fd = then.socket(INET, DGRAM, UDP);
            ByteBuffer device = ByteBuffer.allocate(4).putInt(Sockaddr.LOOPBACK);
            then.option(fd, 0, IP_MULTICAST_IF, device.array());
            then.sendTo(fd, BYTE, 0, Sockaddr.v4(GROUP, port));
            then.receive(receiver);
        };
    }

    /** Adds and removes a host route through the loopback interface. */
    private static void addRoute(Os os) {
        route(os, SIOCADDRT, ROUTED, "lo");
        route(os, SIOCDELRT, ROUTED, "lo");
    }

    /** Makes an ioctl with the `struct rtentry` of a host route. */
    static void route(Os os, int request, int address, String device) {
        long fd = os.socket(INET, DGRAM, UDP);
        os.withText(device, name -> {
            ByteBuffer entry = ByteBuffer.allocate(RTENTRY).order(ByteOrder.nativeOrder());
            entry.putShort(8, (short) INET).putShort(56, (short) 5).putLong(88, name.address());
            entry.order(ByteOrder.BIG_ENDIAN).putInt(12, address);
            os.withBytes(entry.array(), route -> os.call(Call.IOCTL, fd, request, route.address()));
        });
    }

    /**
     * Sends to an allowed address through a tunnel device; the packets leave for the device's
     * remote end.
     */
    private static BypassDriver.Act tunnel(Os os) {
        long watcher = PacketDrivers.wire(os);
        return then -> {
            addTunnel(then, VXLAN, GROUP);
            try {
                long fd = then.socket(INET, DGRAM, UDP);
                setAddress(then, fd);
                then.option(fd, OptionDrivers.SOL_SOCKET, SO_BINDTODEVICE, text(TUNNEL));
                then.sendTo(fd, BYTE, 0, Sockaddr.v4(INNER, DISCARD));
                OptionDrivers.seen(
                        then,
                        watcher,
                        got -> got.length > 20 && ByteBuffer.wrap(got).getInt(16) == GROUP);
            } finally {
                removeTunnel(then);
            }
        };
    }

    /** Lets the kernel bind a port for a vxlan device, and checks that the port is in use. */
    private static BypassDriver.Act devicePort(Os os) {
        long fd = os.socket(INET, DGRAM, UDP);
        return then -> {
            addTunnel(then, BindDrivers.PORT, GROUP);
            try {
                then.bind(fd, Sockaddr.v4(0, BindDrivers.PORT));
                throw new IllegalStateException("the kernel took no port");
            } catch (Refused e) {
                if (e.errno() != Errno.EADDRINUSE.number()) {
                    throw e;
                }
            } finally {
                link(then, RTM_DELLINK, REQUEST_ACK, attribute(3, text(TUNNEL)));
            }
        };
    }

    /**
     * Sends RTM_NEWLINK for a vxlan device that is up, uses this port, and reaches its remote end
     * through the loopback interface.
     */
    static void addTunnel(Os os, int port, int remote) {
        byte[] data = join(
                attribute(1, number(VNI, ByteOrder.nativeOrder())),
                attribute(2, number(remote, ByteOrder.BIG_ENDIAN)),
                attribute(3, number(1, ByteOrder.nativeOrder())),
                attribute(15, new byte[] {(byte) (port >> 8), (byte) port}));
        byte[] info = join(attribute(1, text("vxlan")), attribute(2 | NESTED, data));
        link(
                os,
                RTM_NEWLINK,
                REQUEST_ACK | EXCL_CREATE,
                join(attribute(3, text(TUNNEL)), attribute(18 | NESTED, info)));
    }

    static void removeTunnel(Os os) {
        link(os, RTM_DELLINK, REQUEST_ACK, attribute(3, text(TUNNEL)));
    }

    /**
     * Sets the device's source address, so that the kernel does not use that of another device.
     */
    static void setAddress(Os os, long fd) {
        ByteBuffer request = ByteBuffer.allocate(40).put(text(TUNNEL));
        request.position(16).put(Sockaddr.v4(INNER - 1, 0));
        os.withBytes(request.array(), block -> os.call(Call.IOCTL, fd, SIOCSIFADDR, block.address()));
    }

    /** Sends a request about a link that is to be up. */
    private static void link(Os os, int type, int flags, byte[] attributes) {
        ByteBuffer request = ByteBuffer.allocate(32 + attributes.length).order(ByteOrder.nativeOrder());
        request.putInt(request.capacity()).putShort((short) type).putShort((short) flags);
        request.putInt(1).putInt(0).putInt(0).putInt(0).putInt(1).putInt(1).put(attributes);
        long fd = os.socket(Sockaddr.NETLINK, DGRAM, 0);
        os.send(fd, request.array());
        int error =
                ByteBuffer.wrap(os.receive(fd)).order(ByteOrder.nativeOrder()).getInt(16);
        if (error == -Errno.EOPNOTSUPP.number()) {
            throw new Refused(Errno.EPROTONOSUPPORT.number(), "rtnetlink");
        } else if (error != 0) {
            throw new Refused(-error, "rtnetlink");
        }
    }

    /** Returns a `struct rtattr` with its value, padded to a multiple of 4 bytes. */
    static byte[] attribute(int type, byte[] value) {
        int length = 4 + value.length;
        ByteBuffer bytes = ByteBuffer.allocate(length + 3 & ~3).order(ByteOrder.nativeOrder());
        return bytes.putShort((short) length).putShort((short) type).put(value).array();
    }

    static byte[] number(int value, ByteOrder order) {
        return ByteBuffer.allocate(4).order(order).putInt(value).array();
    }

    static byte[] text(String name) {
        return (name + "\0").getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] join(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        ByteBuffer whole = ByteBuffer.allocate(length);
        for (byte[] part : parts) {
            whole.put(part);
        }
        return whole.array();
    }
}
