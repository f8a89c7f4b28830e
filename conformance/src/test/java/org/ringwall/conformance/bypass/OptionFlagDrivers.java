// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import static org.ringwall.conformance.bypass.OptionDrivers.number;
import static org.ringwall.conformance.bypass.Os.DGRAM;
import static org.ringwall.conformance.bypass.Os.STREAM;
import static org.ringwall.conformance.bypass.Os.TCP;
import static org.ringwall.conformance.bypass.Os.UDP;
import static org.ringwall.conformance.bypass.Sockaddr.INET;
import static org.ringwall.conformance.bypass.Sockaddr.INET6;
import static org.ringwall.conformance.bypass.Sockaddr.LOOPBACK;
import static org.ringwall.conformance.bypass.SourceRouteDrivers.absent;
import static org.ringwall.conformance.bypass.SourceRouteDrivers.asNobody;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.testkit.Guard;

/**
 * Bypasses of `sockopt` by flags, addresses, other calls and files, without privileges if none are
 * needed.
 */
final class OptionFlagDrivers {
    private static final int MSG_DONTROUTE = 4;
    private static final int MSG_MORE = 0x8000;
    private static final int MSG_FASTOPEN = 0x20000000;
    private static final int SIOCADDRT = 0x890b;
    private static final int SIOCGSTAMP = 0x8906;
    private static final int SIOCINQ = 0x541b;
    private static final int RTENTRY = 120;
    private static final int GATEWAY_TO_HOST = 7;
    private static final int NETLINK_SOCK_DIAG = 4;
    private static final int SOCK_DIAG_BY_FAMILY = 20;
    private static final int DUMP_REQUEST = 0x301;
    private static final int NLMSG_ERROR = 2;
    private static final int LISTENING = 1 << 10;
    private static final int LOOPBACK_DEVICE = 1;
    private static final int ZONE_AT = 24;
    private static final int TTL_AT = 8;
    private static final int HOPS = 5;
    private static final int DISCARD = 9;
    private static final int ELSEWHERE = 0xc6336409;
    private static final long ALL_NODES = 0xff02_0000_0000_0000L;
    private static final Path DEFAULT_TTL = Path.of("/proc/sys/net/ipv4/ip_default_ttl");
    private static final byte[] BYTE = {42};

    private OptionFlagDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        drivers.put("send-flag", OptionFlagDrivers::more);
        drivers.put("send-flag:fast-open", OptionFlagDrivers::fastOpen);
        drivers.put("send-flag:dont-route", OptionFlagDrivers::dontRoute);
        drivers.put("send-flag:in-place", OptionFlagDrivers::inPlace);
        drivers.put("address-zone", BypassDriver.at(os -> asNobody(os, () -> zone(os))));
        drivers.put("socket-diag", OptionFlagDrivers::diag);
        drivers.put("socket-diag:proc", OptionFlagDrivers::procFile);
        drivers.put("reading-call", OptionFlagDrivers::peerName);
        drivers.put("reading-call:unread-bytes", OptionFlagDrivers::unread);
        drivers.put("reading-call:time-stamp", OptionFlagDrivers::timeStamp);
        drivers.put("default-sysctl", OptionFlagDrivers::defaultTtl);
        return drivers;
    }

    /** Sends one datagram by two calls, as UDP_CORK does. */
    private static BypassDriver.Act more(Os os) {
        long receiver = EgressDrivers.receiver(os);
        byte[] address = Sockaddr.v4(LOOPBACK, os.port(receiver));
        return then -> asNobody(then, () -> {
            long fd = then.socket(INET, DGRAM, UDP);
            then.sendTo(fd, BYTE, MSG_MORE, address);
            then.sendTo(fd, BYTE, 0, address);
            if (then.receive(receiver).length != 2) {
                throw new IllegalStateException("two datagrams were sent");
            }
        });
    }

    /** Connects by a send, as TCP_FASTOPEN_CONNECT does. */
    private static BypassDriver.Act fastOpen(Os os) {
        long listener = EgressDrivers.listener(os, TCP);
        int port = os.port(listener);
        return then -> asNobody(then, () -> {
            then.sendTo(then.socket(INET, STREAM, TCP), BYTE, MSG_FASTOPEN, Sockaddr.v4(LOOPBACK, port));
            then.receive(then.accept(listener));
        });
    }

    /** Shows that the flag, like SO_DONTROUTE, makes an address behind a gateway unreachable. */
    private static BypassDriver.Act dontRoute(Os os) {
        PacketDrivers.interfaceUp(os);
        routeByGateway(os);
        byte[] address = Sockaddr.v4(ELSEWHERE, DISCARD);
        return then -> asNobody(then, () -> {
            long fd = then.socket(INET, DGRAM, UDP);
            then.sendTo(fd, BYTE, 0, address);
            mustFail(Errno.ENETUNREACH, () -> then.sendTo(fd, BYTE, MSG_DONTROUTE, address));
        });
    }

    /**
     * Adds a host route through a neighbour on the TUN device by a `struct rtentry`. The route
     * disappears with the device.
     */
    private static void routeByGateway(Os os) {
        ByteBuffer entry = ByteBuffer.allocate(RTENTRY).order(ByteOrder.nativeOrder());
        entry.putShort(8, (short) INET).putShort(24, (short) INET).putShort(56, (short) GATEWAY_TO_HOST);
        entry.order(ByteOrder.BIG_ENDIAN).putInt(12, ELSEWHERE).putInt(28, PacketDrivers.TUN_ADDRESS + 1);
        long fd = os.socket(INET, DGRAM, UDP);
        os.withBytes(entry.array(), block -> os.call(Call.IOCTL, fd, SIOCADDRT, block.address()));
    }

    /**
     * Sends without copying by io_uring (from Linux 6.0 on), for which other calls need
     * SO_ZEROCOPY and MSG_ZEROCOPY.
     */
    private static BypassDriver.Act inPlace(Os os) {
        long receiver = EgressDrivers.receiver(os);
        byte[] address = Sockaddr.v4(LOOPBACK, os.port(receiver));
        return then -> {
            long fd = then.socket(INET, DGRAM, UDP);
            then.connect(fd, address);
            absent(() -> new Uring(then).sendInPlace(fd, BYTE));
            then.receive(receiver);
        };
    }

    /**
     * Binds a socket to the loopback interface by an address with a zone, so that it reaches an
     * address without a route.
     */
    private static void zone(Os os) {
        byte[] elsewhere = Sockaddr.mapped(ELSEWHERE, DISCARD);
        mustFail(Errno.ENETUNREACH, () -> os.connect(os.socket(INET6, DGRAM, UDP), elsewhere));
        byte[] zoned = Sockaddr.v6(ALL_NODES, 1, DISCARD);
        ByteBuffer.wrap(zoned).order(ByteOrder.nativeOrder()).putInt(ZONE_AT, LOOPBACK_DEVICE);
        long fd = os.socket(INET6, DGRAM, UDP);
        try {
            os.connect(fd, zoned);
        } catch (Refused e) {
            if (e.errno() != Errno.ENETUNREACH.number()) {
                throw e;
            }
        }
        os.connect(fd, elsewhere);
    }

    private static void mustFail(Errno errno, Runnable call) {
        try {
            call.run();
        } catch (Refused e) {
            if (e.errno() == errno.number()) {
                return;
            }
            throw e;
        }
        throw new IllegalStateException("the call must fail with " + errno);
    }

    /** Finds a listening socket in the output of sock_diag. */
    private static BypassDriver.Act diag(Os os) {
        long listener = EgressDrivers.listener(os, TCP);
        short port = (short) os.port(listener);
        ByteBuffer request = ByteBuffer.allocate(72).order(ByteOrder.nativeOrder());
        request.putInt(72).putShort((short) SOCK_DIAG_BY_FAMILY).putShort((short) DUMP_REQUEST);
        request.put(16, (byte) INET6).put(17, (byte) TCP).put(18, (byte) 0xff).putInt(20, LISTENING);
        return then -> asNobody(then, () -> {
            long fd = then.socket(Sockaddr.NETLINK, DGRAM, NETLINK_SOCK_DIAG);
            then.send(fd, request.array());
            ByteBuffer told = ByteBuffer.wrap(then.receive(fd)).order(ByteOrder.nativeOrder());
            if (told.getShort(4) == NLMSG_ERROR) {
                throw new Refused(Errno.EPROTONOSUPPORT.number(), "sock_diag");
            }
            if (!tells(told, port)) {
                throw new IllegalStateException("the socket is not among those that are told");
            }
        });
    }

    /**
     * Returns whether one of the messages is about the port: `struct inet_diag_msg` after
     * `struct nlmsghdr`.
     */
    private static boolean tells(ByteBuffer messages, short port) {
        for (int at = 0; at + 24 < messages.capacity(); at += messages.getInt(at) + 3 & ~3) {
            boolean diag = messages.getShort(at + 4) == SOCK_DIAG_BY_FAMILY;
            if (diag && Short.reverseBytes(messages.getShort(at + 20)) == port) {
                return true;
            }
        }
        return false;
    }

    /** Finds a line of the file that contains the port in hexadecimal. */
    private static BypassDriver.Act procFile(Os os) {
        long listener = EgressDrivers.listener(os, TCP);
        String port = ":%04X".formatted(os.port(listener));
        return then -> asNobody(then, () -> {
            if (!read(Path.of("/proc/thread-self/net/tcp6")).contains(port)) {
                throw new IllegalStateException("the socket is not in the file");
            }
        });
    }

    /** Reads what SO_PEERNAME shows. */
    private static BypassDriver.Act peerName(Os os) {
        long receiver = EgressDrivers.receiver(os);
        int port = os.port(receiver);
        return then -> asNobody(then, () -> {
            long fd = then.socket(INET, DGRAM, UDP);
            then.connect(fd, Sockaddr.v4(LOOPBACK, port));
            try (NativeArena.Frame frame = then.frame()) {
                NativeBlock name = frame.zeros(28);
                NativeBlock length = frame.zeros(4).putInt(0, name.size());
                then.call(Call.GETPEERNAME, fd, name.address(), length.address());
                if (Sockaddr.port(name.bytes(0, 28)) != port) {
                    throw new IllegalStateException("another peer");
                }
            }
        });
    }

    /** Reads the number of unread bytes, which TCP_INQ reports with each message. */
    private static BypassDriver.Act unread(Os os) {
        long listener = EgressDrivers.listener(os, TCP);
        int port = os.port(listener);
        return then -> asNobody(then, () -> {
            long fd = then.socket(INET, STREAM, TCP);
            then.connect(fd, Sockaddr.v4(LOOPBACK, port));
            long accepted = then.accept(listener);
            then.send(fd, BYTE);
            then.withBytes(number(0), count -> {
                Guard.Moment end = Guard.fromNow();
                while (count.intAt(0) == 0 && !end.reached()) {
                    then.call(Call.IOCTL, accepted, SIOCINQ, count.address());
                    Os.pause();
                }
                if (count.intAt(0) != 1) {
                    throw new IllegalStateException("nothing is unread");
                }
            });
        });
    }

    /** Reads the arrival time of the last datagram, which SO_TIMESTAMP reports. */
    private static BypassDriver.Act timeStamp(Os os) {
        long receiver = EgressDrivers.receiver(os);
        byte[] address = Sockaddr.v4(LOOPBACK, os.port(receiver));
        return then -> asNobody(then, () -> {
            then.sendTo(then.socket(INET, DGRAM, UDP), BYTE, 0, address);
            then.receive(receiver);
            then.withBytes(new byte[16], time -> then.call(Call.IOCTL, receiver, SIOCGSTAMP, time.address()));
        });
    }

    /** Writes the default TTL of sockets; root of the network namespace owns the file. */
    private static BypassDriver.Act defaultTtl(Os os) {
        long watcher = PacketDrivers.wire(os);
        String before = read(DEFAULT_TTL);
        long file = os.open(DEFAULT_TTL.toString(), 1);
        long restoring = os.open(DEFAULT_TTL.toString(), 1);
        return then -> {
            then.write(file, Integer.toString(HOPS).getBytes(StandardCharsets.US_ASCII));
            try {
                then.sendTo(then.socket(INET, DGRAM, UDP), BYTE, 0, Sockaddr.v4(LOOPBACK, DISCARD));
                OptionDrivers.seen(then, watcher, packet -> packet[TTL_AT] == HOPS);
            } finally {
                then.write(restoring, before.getBytes(StandardCharsets.US_ASCII));
            }
        };
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
