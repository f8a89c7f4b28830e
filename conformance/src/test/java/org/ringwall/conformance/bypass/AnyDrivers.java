// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import static org.ringwall.conformance.bypass.Os.DGRAM;
import static org.ringwall.conformance.bypass.Os.STREAM;
import static org.ringwall.conformance.bypass.Os.TCP;
import static org.ringwall.conformance.bypass.Os.UDP;
import static org.ringwall.conformance.bypass.PacketDrivers.TUN_ADDRESS;
import static org.ringwall.conformance.bypass.Sockaddr.INET;
import static org.ringwall.conformance.bypass.Sockaddr.INET6;
import static org.ringwall.conformance.bypass.Sockaddr.LOOPBACK;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.ringwall.sys.Call;

/**
 * Calls to the destination "any" (0.0.0.0), by sockets with and without a source address or
 * device. Each ends normally if it reaches the service on 127.0.0.1, with {@link Refused} if it
 * reaches no service, and with {@link ReachedException} if it reaches another one.
 */
final class AnyDrivers {
    private static final int MPTCP = 262;
    private static final int NONBLOCK = 0x800;
    private static final int SO_BINDTODEVICE = 25;
    private static final int IP_PKTINFO = 8;
    private static final int IP_UNICAST_IF = 50;
    private static final int EAGAIN = 11;
    private static final int EADDRINUSE = 98;
    private static final int TRIES = 60;
    private static final byte[] BYTE = {42};

    /** The addresses of the services: the one that policies allow, and two others of this host. */
    private static final int[] PLACES = {LOOPBACK, 0x7f000035, TUN_ADDRESS};

    private AnyDrivers() {}

    /** Thrown if a service on another address than 127.0.0.1 was reached. */
    static final class ReachedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        ReachedException(int place) {
            super("reached service " + place);
        }
    }

    /** The system calls that reach the service. */
    enum Way {
        TCP_CONNECT(STREAM, TCP),
        MPTCP_CONNECT(STREAM, MPTCP),
        UDP_CONNECT(DGRAM, UDP),
        UDP_SEND(DGRAM, UDP);

        private final int type;
        private final int protocol;

        Way(int type, int protocol) {
            this.type = type;
            this.protocol = protocol;
        }

        private void go(Os os, long fd, byte[] address, Source source) {
            Optional<byte[]> info = source.info(os);
            if (this != UDP_SEND) {
                os.connect(fd, address);
            } else if (info.isPresent()) {
                new Messages(os).send(fd, address, 0, IP_PKTINFO, info.get());
            } else {
                os.sendTo(fd, BYTE, 0, address);
            }
            if (this == UDP_CONNECT) {
                os.send(fd, BYTE);
            }
        }
    }

    /** The source of the socket or of the datagram. */
    enum Source {
        NONE,
        LOOPBACK_ADDRESS,
        DEVICE_ADDRESS,
        DEVICE,
        UNICAST_IF,
        PACKET_ADDRESS,
        PACKET_DEVICE;

        /** Returns whether such a call can have this source. */
        boolean fits(Way bypass) {
            return bypass == Way.UDP_SEND || this != PACKET_ADDRESS && this != PACKET_DEVICE;
        }

        private void give(Os os, long fd, int family) {
            switch (this) {
                case LOOPBACK_ADDRESS -> os.bind(fd, address(family, PLACES[1], 0));
                case DEVICE_ADDRESS -> os.bind(fd, address(family, PLACES[2], 0));
                case DEVICE -> os.option(fd, 1, SO_BINDTODEVICE, PacketDrivers.INTERFACE);
                case UNICAST_IF ->
                    os.option(
                            fd,
                            0,
                            IP_UNICAST_IF,
                            ByteBuffer.allocate(4)
                                    .putInt(PacketDrivers.interfaceIndex(os))
                                    .array());
                case NONE, PACKET_ADDRESS, PACKET_DEVICE -> {}
            }
        }

        /**
         * Returns the struct in_pktinfo; empty if the source is not given by a control message.
         */
        private Optional<byte[]> info(Os os) {
            ByteBuffer info = ByteBuffer.allocate(12);
            return switch (this) {
                case PACKET_ADDRESS -> Optional.of(info.putInt(4, TUN_ADDRESS).array());
                case PACKET_DEVICE ->
                    Optional.of(info.order(ByteOrder.nativeOrder())
                            .putInt(0, PacketDrivers.interfaceIndex(os))
                            .array());
                default -> Optional.empty();
            };
        }
    }

    /**
     * Returns the drivers by `any/WAY/FAMILY/SOURCE`. FAMILY is that of the socket; IPv6 sockets
     * use a v4-mapped address.
     */
    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        for (Way bypass : Way.values()) {
            for (int family : new int[] {INET, INET6}) {
                for (Source source : Source.values()) {
                    if (source.fits(bypass)) {
                        drivers.put("any/%s/%d/%s".formatted(bypass, family, source), driver(bypass, family, source));
                    }
                }
            }
        }
        return drivers;
    }

    private static BypassDriver driver(Way bypass, int family, Source source) {
        return os -> {
            PacketDrivers.interfaceUp(os);
            long[] services = services(os, bypass);
            byte[] any = address(family, 0, os.port(services[0]));
            return then -> {
                long fd = then.socket(family, bypass.type, bypass.protocol);
                then.impatient(fd);
                source.give(then, fd, family);
                bypass.go(then, fd, any, source);
                int reached = reached(then, services, bypass.type == STREAM);
                if (reached != 0) {
                    throw new ReachedException(reached);
                }
            };
        };
    }

    /**
     * Returns sockets at the same port of each of {@link #PLACES}. A port that is free at the first
     * place can be in use at another one, by an ended connection of an earlier call: then the next
     * port is tried, and the sockets of the refused one stay open so that it is not drawn again.
     */
    private static long[] services(Os os, Way bypass) {
        for (int tries = 1; ; tries++) {
            try {
                return servicesAtOnePort(os, bypass);
            } catch (Refused e) {
                if (e.errno() != EADDRINUSE || tries == TRIES) {
                    throw e;
                }
            }
        }
    }

    private static long[] servicesAtOnePort(Os os, Way bypass) {
        long[] services = new long[PLACES.length];
        int port = 0;
        for (int i = 0; i < PLACES.length; i++) {
            services[i] = os.socket(INET, bypass.type | NONBLOCK, bypass.type == STREAM ? TCP : UDP);
            os.bind(services[i], Sockaddr.v4(PLACES[i], port));
            port = os.port(services[i]);
            if (bypass.type == STREAM) {
                os.listen(services[i]);
            }
        }
        return services;
    }

    private static byte[] address(int family, int address, int port) {
        return family == INET ? Sockaddr.v4(address, port) : Sockaddr.mapped(address, port);
    }

    /** Returns the index of the service that was reached; throws EAGAIN if none was. */
    private static int reached(Os os, long[] services, boolean stream) {
        for (int tries = 1; ; tries++) {
            for (int i = 0; i < services.length; i++) {
                if (has(os, services[i], stream)) {
                    return i;
                }
            }
            if (tries == TRIES) {
                throw new Refused(EAGAIN, "arrival");
            }
            Os.pause();
        }
    }

    private static boolean has(Os os, long service, boolean stream) {
        try (var frame = os.frame()) {
            var block = frame.zeros(16);
            if (stream) {
                os.opened(os.call(Call.ACCEPT4, service, 0, 0, 0));
            } else {
                os.call(Call.RECVFROM, service, block.address(), block.size(), 0);
            }
            return true;
        } catch (Refused e) {
            if (e.errno() != EAGAIN) {
                throw e;
            }
            return false;
        }
    }
}
