// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import static org.ringwall.conformance.bypass.Os.DGRAM;
import static org.ringwall.conformance.bypass.Os.RAW;
import static org.ringwall.conformance.bypass.Os.STREAM;
import static org.ringwall.conformance.bypass.Os.TCP;
import static org.ringwall.conformance.bypass.Os.UDP;
import static org.ringwall.conformance.bypass.Sockaddr.INET;
import static org.ringwall.conformance.bypass.Sockaddr.INET6;
import static org.ringwall.conformance.bypass.Sockaddr.LOOPBACK;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.bpf.kernel.Errno;

/** Bypasses of `bind`: to 127.0.0.1 and to port 4660, which every policy of the tests denies. */
final class BindDrivers {
    static final int PORT = 4660;

    private static final int ICMP = 1;
    private static final int EXPERIMENT = 253;
    private static final int SO_REUSEPORT = 15;
    private static final int IP_TRANSPARENT = 19;
    private static final int FOREIGN = 0xc6336401;
    private static final int IPPROTO_RAW = 255;
    private static final int IP_PKTINFO = 8;
    private static final int IP_LOCAL_PORT_RANGE = 51;

    /** The first of three ports in the kernel's default range net.ipv4.ip_local_port_range. */
    private static final int CHOSEN = 40004;

    /** Another loopback address, which the policies deny for bind. */
    private static final int SOURCE = 0x7f00004d;

    private static final byte[] BYTE = {42};

    private BindDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        asked(drivers);
        unasked(drivers);
        listening(drivers);
        return drivers;
    }

    private static void asked(Map<String, BypassDriver> drivers) {
        drivers.put(
                "mapped-bind",
                BypassDriver.at(os -> os.bind(os.socket(INET6, STREAM, TCP), Sockaddr.mapped(LOOPBACK, PORT))));
        drivers.put(
                "unspec-bind", BypassDriver.at(os -> os.bind(os.socket(INET, STREAM, TCP), Sockaddr.unspec(0, PORT))));
        drivers.put("transparent-bind", BypassDriver.at(os -> {
            long fd = os.socket(INET, STREAM, TCP);
            os.option(fd, 0, IP_TRANSPARENT, 1);
            os.bind(fd, Sockaddr.v4(FOREIGN, PORT));
        }));
        drivers.put("reuseport-bind", os -> {
            long first = os.socket(INET, STREAM, TCP);
            os.option(first, 1, SO_REUSEPORT, 1);
            os.bind(first, Sockaddr.v4(LOOPBACK, PORT));
            os.listen(first);
            return then -> {
                long second = then.socket(INET, STREAM, TCP);
                then.option(second, 1, SO_REUSEPORT, 1);
                then.bind(second, Sockaddr.v4(LOOPBACK, PORT));
            };
        });
        drivers.put(
                "uring-bind",
                BypassDriver.at(os -> new Uring(os).bind(os.socket(INET, STREAM, TCP), Sockaddr.v4(LOOPBACK, PORT))));
        drivers.put("dual-stack-bind", served(INET6, Sockaddr.v6(0, PORT)));
        drivers.put("wildcard-bind", served(INET, Sockaddr.v4(0, PORT)));
    }

    /**
     * Returns a driver whose socket gets this address and serves a client that connects to
     * 127.0.0.1.
     */
    private static BypassDriver served(int family, byte[] address) {
        return os -> {
            long client = os.socket(INET, STREAM, TCP);
            return then -> {
                long fd = then.socket(family, STREAM, TCP);
                then.bind(fd, address);
                then.listen(fd);
                then.connect(client, Sockaddr.v4(LOOPBACK, PORT));
                then.accept(fd);
            };
        };
    }

    private static void unasked(Map<String, BypassDriver> drivers) {
        drivers.put("port-zero", BypassDriver.at(os -> {
            long fd = os.socket(INET, STREAM, TCP);
            choosesPort(os, fd, CHOSEN + 2);
            os.bind(fd, Sockaddr.v4(LOOPBACK, 0));
            given(os, fd);
        }));
        drivers.put(
                "raw-bind", BypassDriver.at(os -> os.bind(os.socket(INET, RAW, EXPERIMENT), Sockaddr.v4(LOOPBACK, 0))));
        drivers.put(
                "ping-bind", BypassDriver.at(os -> os.bind(os.socket(INET, DGRAM, ICMP), Sockaddr.v4(LOOPBACK, PORT))));
        drivers.put("connect-unbound", os -> {
            long listener = EgressDrivers.listener(os, TCP);
            int port = os.port(listener);
            return then -> {
                long fd = then.socket(INET, STREAM, TCP);
                boolean chosen = choosesPort(then, fd, CHOSEN);
                then.impatient(fd);
                then.connect(fd, Sockaddr.v4(LOOPBACK, port));
                then.accept(listener);
                if (chosen && then.port(fd) != CHOSEN) {
                    throw new IllegalStateException("the kernel chose another port");
                }
            };
        });
        drivers.put("chosen-source", os -> {
            long receiver = os.socket(INET, DGRAM, UDP);
            os.bind(receiver, Sockaddr.v4(LOOPBACK, 0));
            int port = os.port(receiver);
            return then -> {
                long fd = then.socket(INET, DGRAM, UDP);
                byte[] information = new byte[12];
                ByteBuffer.wrap(information).putInt(4, SOURCE);
                new Messages(then).send(fd, Sockaddr.v4(LOOPBACK, port), 0, IP_PKTINFO, information);
                if (then.sender(receiver) != SOURCE) {
                    throw new IllegalStateException("sent from another address");
                }
            };
        });
        drivers.put("raw-source", os -> {
            long receiver = EgressDrivers.receiver(os);
            int port = os.port(receiver);
            return then -> {
                long fd = then.socket(INET, RAW, IPPROTO_RAW);
                then.sendTo(fd, PacketDrivers.datagram(SOURCE, LOOPBACK, port), 0, Sockaddr.v4(LOOPBACK, 0));
                then.receive(receiver);
            };
        });
    }

    private static void listening(Map<String, BypassDriver> drivers) {
        drivers.put("lookup-program", os -> {
            long listener = EgressDrivers.listener(os, TCP);
            long client = os.socket(INET, STREAM, TCP);
            return then -> {
                new LookupProgram(then).giveTo(listener);
                then.connect(client, Sockaddr.v4(LOOPBACK, PORT));
                then.accept(listener);
            };
        });
        drivers.put("listen-unbound", os -> {
            long client = os.socket(INET, STREAM, TCP);
            return then -> {
                long fd = then.socket(INET, STREAM, TCP);
                choosesPort(then, fd, CHOSEN + 1);
                then.listen(fd);
                then.connect(client, Sockaddr.v4(LOOPBACK, given(then, fd)));
                then.accept(fd);
            };
        });
        drivers.put("send-unbound", os -> {
            long receiver = EgressDrivers.receiver(os);
            int port = os.port(receiver);
            return then -> {
                long fd = then.socket(INET, DGRAM, UDP);
                then.sendTo(fd, BYTE, 0, Sockaddr.v4(LOOPBACK, port));
                then.sendTo(receiver, BYTE, 0, Sockaddr.mapped(LOOPBACK, given(then, fd)));
                then.receive(fd);
            };
        });
    }

    /**
     * Limits the ports from which the kernel chooses to one. Returns false if the kernel has no
     * such option.
     */
    private static boolean choosesPort(Os os, long fd, int port) {
        try {
            os.option(fd, 0, IP_LOCAL_PORT_RANGE, port << 16 | port);
            return true;
        } catch (Refused e) {
            if (e.errno() != Errno.ENOPROTOOPT.number()) {
                throw e;
            }
            return false;
        }
    }

    private static int given(Os os, long fd) {
        int port = os.port(fd);
        if (port == 0) {
            throw new IllegalStateException("the kernel chose no port");
        }
        return port;
    }
}
