// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import static org.ringwall.conformance.bypass.Os.DGRAM;
import static org.ringwall.conformance.bypass.Os.STREAM;
import static org.ringwall.conformance.bypass.Os.TCP;
import static org.ringwall.conformance.bypass.Os.UDP;
import static org.ringwall.conformance.bypass.Sockaddr.ALLOWED;
import static org.ringwall.conformance.bypass.Sockaddr.INET;
import static org.ringwall.conformance.bypass.Sockaddr.INET6;
import static org.ringwall.conformance.bypass.Sockaddr.LOOPBACK;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Bypasses of `egress` at which an address hook runs: to 127.0.0.1 or ::1, which every policy of
 * the tests denies.
 */
final class EgressDrivers {
    private static final int MPTCP = 262;
    private static final int AF_SMC = 43;
    private static final int MSG_FASTOPEN = 0x20000000;
    private static final int TCP_FASTOPEN_CONNECT = 30;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_V6ONLY = 26;
    private static final int SO_BINDTODEVICE = 25;
    private static final int SO_MARK = 36;
    private static final byte[] BYTE = {42};

    /** The bypass of rules on the calling task alone, which no policy of the drivers has. */
    static final String MANAGED_SUBFLOW = "managed-subflow";

    private EgressDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        addresses(drivers);
        datagrams(drivers);
        connections(drivers);
        any(drivers);
        return drivers;
    }

    /** An action on a socket, with the port of a listener or of a waiting datagram socket. */
    private interface Attempt {
        void on(Os os, long fd, int port);
    }

    /** Returns a driver for a TCP connection, which must arrive. */
    private static BypassDriver stream(int family, int protocol, Attempt attempt) {
        return os -> {
            long listener = listener(os, protocol);
            int port = os.port(listener);
            return then -> {
                attempt.on(then, then.socket(family, STREAM, protocol), port);
                then.accept(listener);
            };
        };
    }

    /** Returns a driver for a datagram, which must arrive. */
    private static BypassDriver datagram(int family, Attempt attempt) {
        return os -> {
            long receiver = receiver(os);
            int port = os.port(receiver);
            return then -> {
                attempt.on(then, then.socket(family, DGRAM, UDP), port);
                then.receive(receiver);
            };
        };
    }

    /** Returns a socket that listens for both families. */
    static long listener(Os os, int protocol) {
        long fd = os.socket(INET6, STREAM, protocol);
        os.option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
        os.bind(fd, Sockaddr.v6(0, 0));
        os.listen(fd);
        return fd;
    }

    /** Returns a datagram socket that receives from both families. */
    static long receiver(Os os) {
        long fd = os.socket(INET6, DGRAM, UDP);
        os.option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
        os.bind(fd, Sockaddr.v6(0, 0));
        return fd;
    }

    private static void addresses(Map<String, BypassDriver> drivers) {
        drivers.put(
                "mapped-connect",
                stream(INET6, TCP, (os, fd, port) -> os.connect(fd, Sockaddr.mapped(LOOPBACK, port))));
        drivers.put(
                "mapped-datagram",
                datagram(INET6, (os, fd, port) -> os.sendTo(fd, BYTE, 0, Sockaddr.mapped(LOOPBACK, port))));
        drivers.put("v4-address-connect", datagram(INET6, (os, fd, port) -> {
            os.connect(fd, Sockaddr.v4(LOOPBACK, port));
            os.send(fd, BYTE);
        }));
        drivers.put(
                "v4-address-datagram",
                datagram(INET6, (os, fd, port) -> os.sendTo(fd, BYTE, 0, Sockaddr.v4(LOOPBACK, port))));
        drivers.put(
                "unspec-datagram",
                datagram(INET, (os, fd, port) -> os.sendTo(fd, BYTE, 0, Sockaddr.unspec(LOOPBACK, port))));
    }

    private static void datagrams(Map<String, BypassDriver> drivers) {
        drivers.put(
                "loose-datagram",
                datagram(INET, (os, fd, port) -> os.sendTo(fd, BYTE, 0, Sockaddr.v4(LOOPBACK, port))));
        drivers.put("many-datagrams", os -> {
            long receiver = receiver(os);
            int port = os.port(receiver);
            return then -> {
                long fd = then.socket(INET, DGRAM, UDP);
                new Messages(then).sendAll(fd, Sockaddr.v4(ALLOWED, port), Sockaddr.v4(LOOPBACK, port));
                then.receive(receiver);
                then.receive(receiver);
            };
        });
        drivers.put("connected-datagram", datagram(INET, (os, fd, port) -> {
            os.connect(fd, Sockaddr.v4(LOOPBACK, port));
            os.send(fd, BYTE);
        }));
        drivers.put("sendto-elsewhere", datagram(INET, (os, fd, port) -> {
            os.connect(fd, Sockaddr.v4(ALLOWED, port));
            os.sendTo(fd, BYTE, 0, Sockaddr.v4(LOOPBACK, port));
        }));
        drivers.put(
                "uring-datagram",
                datagram(INET, (os, fd, port) -> new Uring(os).send(fd, Sockaddr.v4(LOOPBACK, port))));
    }

    private static void connections(Map<String, BypassDriver> drivers) {
        drivers.put("reconnect", stream(INET, TCP, (os, fd, port) -> {
            os.bind(fd, Sockaddr.v4(ALLOWED, 0));
            os.connect(fd, Sockaddr.v4(ALLOWED, port));
            os.connect(fd, Sockaddr.unspec(0, 0));
            os.connect(fd, Sockaddr.v4(LOOPBACK, port));
        }));
        drivers.put(
                "fastopen-send",
                stream(INET, TCP, (os, fd, port) -> os.sendTo(fd, BYTE, MSG_FASTOPEN, Sockaddr.v4(LOOPBACK, port))));
        drivers.put("fastopen-connect", stream(INET, TCP, (os, fd, port) -> {
            os.option(fd, TCP, TCP_FASTOPEN_CONNECT, 1);
            os.connect(fd, Sockaddr.v4(LOOPBACK, port));
            os.send(fd, BYTE);
        }));
        drivers.put(
                "mptcp-connect", stream(INET, MPTCP, (os, fd, port) -> os.connect(fd, Sockaddr.v4(LOOPBACK, port))));
        drivers.put(MANAGED_SUBFLOW, os -> {
            throw new IllegalStateException("MptcpJoinKernelTest proves it");
        });
        drivers.put("bound-device", stream(INET, TCP, (os, fd, port) -> {
            os.option(fd, 1, SO_BINDTODEVICE, new byte[] {'l', 'o', 0});
            os.option(fd, 1, SO_MARK, 7);
            os.connect(fd, Sockaddr.v4(LOOPBACK, port));
        }));
        drivers.put(
                "uring-connect",
                stream(INET, TCP, (os, fd, port) -> new Uring(os).connect(fd, Sockaddr.v4(LOOPBACK, port))));
        drivers.put("smc-connect", os -> {
            long listener = listener(os, TCP);
            int port = os.port(listener);
            return then -> {
                then.connect(then.socket(AF_SMC, STREAM, 0), Sockaddr.v4(LOOPBACK, port));
                then.accept(listener);
            };
        });
    }

    private static void any(Map<String, BypassDriver> drivers) {
        drivers.put("any-v4", both(INET, Sockaddr::v4, 0));
        drivers.put("any-v6", both(INET6, (none, port) -> Sockaddr.v6(0, port), 0));
        drivers.put("any-mapped", both(INET6, Sockaddr::mapped, 0));
        drivers.put("any-from-mapped", datagram(INET6, (os, fd, port) -> {
            os.option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
            os.bind(fd, Sockaddr.mapped(LOOPBACK, 0));
            os.connect(fd, Sockaddr.v6(0, port));
            os.send(fd, BYTE);
        }));
    }

    /** The form of an address for a socket. */
    private interface Form {
        byte[] of(int address, int port);
    }

    /**
     * Returns a driver for a connection and a datagram. If either is refused, so is the bypass;
     * otherwise both must arrive.
     */
    private static BypassDriver both(int family, Form form, int address) {
        return os -> {
            long listener = listener(os, TCP);
            long receiver = receiver(os);
            int port = os.port(listener);
            int datagrams = os.port(receiver);
            return then -> {
                Refused connected =
                        refusal(() -> then.connect(then.socket(family, STREAM, TCP), form.of(address, port)));
                Refused sent = refusal(
                        () -> then.sendTo(then.socket(family, DGRAM, UDP), BYTE, 0, form.of(address, datagrams)));
                if (connected.errno() != sent.errno()) {
                    throw new IllegalStateException(connected.getMessage() + " but " + sent.getMessage());
                }
                if (connected.errno() != 0) {
                    throw connected;
                }
                then.accept(listener);
                then.receive(receiver);
            };
        };
    }

    /** Returns the refusal of the call, or one with errno 0 if the call succeeds. */
    private static Refused refusal(Runnable call) {
        try {
            call.run();
            return new Refused(0, "nothing");
        } catch (Refused e) {
            return e;
        }
    }
}
