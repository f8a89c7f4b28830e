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

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;

/** Bypasses of `egress` at which no address hook runs. */
final class PacketDrivers {
    /** A protocol for experiments (RFC 3692), which nothing on the host answers. */
    private static final int EXPERIMENT = 253;

    static final int IPPROTO_RAW = 255;
    private static final int SOCK_PACKET = 10;
    private static final int ICMP = 1;
    static final int UDPLITE = 136;
    private static final int SCTP = 132;
    private static final int NONBLOCK = 0x800;
    private static final int TUNSETIFF = 0x400454ca;
    private static final int SIOCSIFFLAGS = 0x8914;
    private static final int SIOCSIFADDR = 0x8916;
    private static final int SIOCSIFNETMASK = 0x891c;
    private static final int SIOCGIFINDEX = 0x8933;
    static final int TUN_ADDRESS = 0x0a090001;
    private static final byte[] BYTE = {42};
    private static final int SO_BINDTODEVICE = 25;
    private static final int NO_INFORMATION = 0x1000;
    private static final int TUN = 1;
    static final int TAP = 2;

    /** The name of the TUN device, NUL-terminated. */
    static final byte[] INTERFACE = "ringwall0\0".getBytes(StandardCharsets.US_ASCII);

    private PacketDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        raw(drivers);
        others(drivers);
        drivers.put("tun-device", PacketDrivers::tun);
        drivers.put("loopback-device", PacketDrivers::loopbackByDevice);
        drivers.put("accepted", PacketDrivers::accepted);
        drivers.put("established", PacketDrivers::established);
        drivers.put("packet-socket", PacketDrivers::frame);
        drivers.put("packet-socket:inet", PacketDrivers::frameOfInet);
        return drivers;
    }

    private static void raw(Map<String, BypassDriver> drivers) {
        drivers.put("raw-send", watched(os -> {
            long fd = os.socket(INET, RAW, EXPERIMENT);
            os.sendTo(fd, BYTE, 0, Sockaddr.v4(LOOPBACK, 0));
        }));
        drivers.put("raw-connect", watched(os -> {
            long fd = os.socket(INET, RAW, EXPERIMENT);
            os.connect(fd, Sockaddr.v4(LOOPBACK, 0));
            os.send(fd, BYTE);
        }));
        drivers.put("raw-header", os -> {
            long receiver = EgressDrivers.receiver(os);
            int port = os.port(receiver);
            return then -> {
                long fd = then.socket(INET, RAW, IPPROTO_RAW);
                then.sendTo(fd, datagram(LOOPBACK, LOOPBACK, port), 0, Sockaddr.v4(LOOPBACK, 0));
                then.receive(receiver);
            };
        });
    }

    /** Returns a driver whose packet a raw socket that was opened before must receive. */
    private static BypassDriver watched(BypassDriver.Act act) {
        return os -> {
            long watcher = os.socket(INET, RAW, EXPERIMENT);
            return then -> {
                act.take(then);
                then.receive(watcher);
            };
        };
    }

    private static void others(Map<String, BypassDriver> drivers) {
        drivers.put("ping-send", BypassDriver.at(os -> {
            long fd = os.socket(INET, DGRAM, ICMP);
            os.sendTo(fd, new byte[] {8, 0, 0, 0, 0, 0, 0, 1}, 0, Sockaddr.v4(LOOPBACK, 0));
            os.receive(fd);
        }));
        drivers.put("udplite-connect", os -> {
            long receiver = os.socket(INET, DGRAM, UDPLITE);
            os.bind(receiver, Sockaddr.v4(LOOPBACK, 0));
            int port = os.port(receiver);
            return then -> {
                long fd = then.socket(INET, DGRAM, UDPLITE);
                then.connect(fd, Sockaddr.v4(LOOPBACK, port));
                then.send(fd, BYTE);
                then.receive(receiver);
            };
        });
        drivers.put("other-protocols", os -> {
            long listener = os.socket(INET, STREAM, SCTP);
            os.bind(listener, Sockaddr.v4(LOOPBACK, 0));
            os.listen(listener);
            int port = os.port(listener);
            return then -> {
                long fd = then.socket(INET, STREAM, SCTP);
                then.bind(fd, Sockaddr.v4(LOOPBACK, 4660));
                then.connect(fd, Sockaddr.v4(LOOPBACK, port));
                then.accept(listener);
            };
        });
    }

    /** Writes a datagram into a TUN device as if 10.9.0.2 had sent it. */
    private static BypassDriver.Act tun(Os os) {
        long receiver = os.socket(INET, DGRAM, UDP);
        os.bind(receiver, Sockaddr.v4(0, 0));
        int port = os.port(receiver);
        return then -> {
            then.write(interfaceUp(then), datagram(TUN_ADDRESS + 1, TUN_ADDRESS, port));
            then.receive(receiver);
        };
    }

    /**
     * Sends a datagram to an allowed loopback address by the device that the socket is bound to.
     */
    private static BypassDriver.Act loopbackByDevice(Os os) {
        long tun = interfaceUp(os);
        return then -> {
            long fd = then.socket(INET, DGRAM, UDP);
            then.option(fd, 1, SO_BINDTODEVICE, INTERFACE);
            then.sendTo(fd, BYTE, 0, Sockaddr.v4(ALLOWED, 9));
            byte[] packet = then.readPatiently(tun);
            while (ByteBuffer.wrap(packet).getInt(16) != ALLOWED) {
                packet = then.readPatiently(tun);
            }
        };
    }

    /** Creates the only TUN device, which has an address and is up. */
    static long interfaceUp(Os os) {
        return interfaceUp(os, TUN);
    }

    /**
     * Creates the only TUN or TAP device, with the address 10.9.0.1/24. A TAP device has a
     * broadcast address.
     */
    static long interfaceUp(Os os, int kind) {
        long tun = os.open("/dev/net/tun", 2 | NONBLOCK);
        interfaceCall(
                os,
                tun,
                TUNSETIFF,
                "ringwall%d",
                ByteBuffer.allocate(2)
                        .order(ByteOrder.nativeOrder())
                        .putShort((short) (NO_INFORMATION | kind))
                        .array());
        long control = os.socket(INET, DGRAM, UDP);
        interfaceCall(os, control, SIOCSIFADDR, "ringwall0", Sockaddr.v4(TUN_ADDRESS, 0));
        interfaceCall(os, control, SIOCSIFNETMASK, "ringwall0", Sockaddr.v4(0xffffff00, 0));
        interfaceCall(os, control, SIOCSIFFLAGS, "ringwall0", new byte[] {1});
        return tun;
    }

    /** Returns the index of the interface that {@link #interfaceUp} created. */
    static int interfaceIndex(Os os) {
        long control = os.socket(INET, DGRAM, UDP);
        try (NativeArena.Frame frame = os.frame()) {
            NativeBlock ifreq = frame.zeros(40).put(0, INTERFACE);
            os.call(Call.IOCTL, control, SIOCGIFINDEX, ifreq.address());
            return ifreq.intAt(16);
        }
    }

    /** Calls ioctl(2) with a struct ifreq of this name and value. */
    private static void interfaceCall(Os os, long fd, int request, String name, byte[] value) {
        ByteBuffer ifreq = ByteBuffer.allocate(40);
        ifreq.put(0, name.getBytes(StandardCharsets.US_ASCII)).put(16, value);
        os.withBytes(ifreq.array(), block -> os.call(Call.IOCTL, fd, request, block.address()));
    }

    /** Returns an IP packet with a UDP datagram of one byte, without a UDP checksum. */
    static byte[] datagram(int from, int to, int port) {
        ByteBuffer packet = ByteBuffer.allocate(29).order(ByteOrder.BIG_ENDIAN);
        packet.put(0, (byte) 0x45).putShort(2, (short) 29).put(8, (byte) 64).put(9, (byte) UDP);
        packet.putInt(12, from).putInt(16, to);
        packet.putShort(10, (short) ~sum(packet, 20));
        packet.putShort(20, (short) 4660).putShort(22, (short) port).putShort(24, (short) 9);
        return packet.put(28, (byte) 42).array();
    }

    /** Returns the ones' complement sum of an even number of bytes (RFC 1071). */
    static int sum(ByteBuffer packet, int length) {
        int sum = 0;
        for (int i = 0; i < length; i += 2) {
            sum += Short.toUnsignedInt(packet.getShort(i));
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        return (sum & 0xffff) + (sum >>> 16);
    }

    /** Returns a socket that receives every IPv4 packet of the loopback interface. */
    static long wire(Os os) {
        return wire(os, 0x0800);
    }

    /** Returns a socket that receives every packet of this EtherType on the loopback interface. */
    static long wire(Os os, int etherType) {
        long watcher = os.socket(Sockaddr.PACKET, DGRAM, 0);
        os.bind(watcher, Sockaddr.packet(loopbackIndex(os, watcher), etherType));
        return watcher;
    }

    private static int loopbackIndex(Os os, long fd) {
        int[] index = new int[1];
        ByteBuffer ifreq = ByteBuffer.allocate(40).put(new byte[] {'l', 'o'});
        os.withBytes(ifreq.array(), block -> {
            os.call(Call.IOCTL, fd, SIOCGIFINDEX, block.address());
            index[0] = block.intAt(16);
        });
        return index[0];
    }

    /** Sends a complete packet on the wire. */
    private static BypassDriver.Act frame(Os os) {
        long watcher = wire(os);
        byte[] packet = datagram(LOOPBACK, LOOPBACK, 9);
        return then -> {
            long fd = then.socket(Sockaddr.PACKET, DGRAM, 0);
            then.sendTo(fd, packet, 0, Sockaddr.packet(loopbackIndex(then, fd)));
            OptionDrivers.seen(then, watcher, got -> Arrays.equals(got, packet));
        };
    }

    /**
     * Sends the packet by a socket of AF_INET and SOCK_PACKET. The kernel makes it one of
     * AF_PACKET before any hook runs.
     */
    private static BypassDriver.Act frameOfInet(Os os) {
        long watcher = wire(os);
        byte[] packet = datagram(LOOPBACK, LOOPBACK, 9);
        byte[] frame = ByteBuffer.allocate(14 + packet.length)
                .putShort(12, (short) 0x0800)
                .put(14, packet)
                .array();
        byte[] address = ByteBuffer.allocate(18)
                .put(2, new byte[] {'l', 'o'})
                .putShort(16, (short) 0x0800)
                .array();
        return then -> {
            then.sendTo(then.socket(INET, SOCK_PACKET, 0), frame, 0, address);
            OptionDrivers.seen(then, watcher, got -> Arrays.equals(got, packet));
        };
    }

    static BypassDriver.Act accepted(Os os) {
        long listener = EgressDrivers.listener(os, TCP);
        int port = os.port(listener);
        os.leave();
        long peer = os.socket(INET, STREAM, TCP);
        os.impatient(peer);
        os.enter();
        return then -> {
            then.connect(peer, Sockaddr.v4(LOOPBACK, port));
            then.send(then.accept(listener), BYTE);
            then.receive(peer);
        };
    }

    static BypassDriver.Act established(Os os) {
        long listener = EgressDrivers.listener(os, TCP);
        long stream = os.socket(INET, STREAM, TCP);
        os.connect(stream, Sockaddr.v4(LOOPBACK, os.port(listener)));
        long other = os.accept(listener);
        long receiver = EgressDrivers.receiver(os);
        long datagrams = os.socket(INET, DGRAM, UDP);
        os.connect(datagrams, Sockaddr.v4(LOOPBACK, os.port(receiver)));
        return then -> {
            then.send(stream, BYTE);
            then.receive(other);
            then.send(datagrams, BYTE);
            then.receive(receiver);
        };
    }
}
