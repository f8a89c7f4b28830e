package org.ringwall.conformance.coverage;

import static org.ringwall.conformance.coverage.Os.DGRAM;
import static org.ringwall.conformance.coverage.Os.RAW;
import static org.ringwall.conformance.coverage.Os.STREAM;
import static org.ringwall.conformance.coverage.Os.TCP;
import static org.ringwall.conformance.coverage.Os.UDP;
import static org.ringwall.conformance.coverage.Sockaddr.INET;
import static org.ringwall.conformance.coverage.Sockaddr.INET6;
import static org.ringwall.conformance.coverage.Sockaddr.LOOPBACK;

import java.util.LinkedHashMap;
import java.util.Map;

/** Ways around `bind`: to 127.0.0.1 and to port 4660, which every policy denies. */
final class BindDeeds {
    static final int PORT = 4660;

    private static final int ICMP = 1;
    private static final int EXPERIMENT = 253;
    private static final int SO_REUSEPORT = 15;
    private static final int IP_TRANSPARENT = 19;
    private static final int FOREIGN = 0xc6336401;
    private static final byte[] BYTE = {42};

    private BindDeeds() {}

    static Map<String, Deed> all() {
        Map<String, Deed> deeds = new LinkedHashMap<>();
        asked(deeds);
        unasked(deeds);
        return deeds;
    }

    private static void asked(Map<String, Deed> deeds) {
        deeds.put(
                "mapped-bind", Deed.at(os -> os.bind(os.socket(INET6, STREAM, TCP), Sockaddr.mapped(LOOPBACK, PORT))));
        deeds.put("unspec-bind", Deed.at(os -> os.bind(os.socket(INET, STREAM, TCP), Sockaddr.unspec(0, PORT))));
        deeds.put("transparent-bind", Deed.at(os -> {
            long fd = os.socket(INET, STREAM, TCP);
            os.option(fd, 0, IP_TRANSPARENT, 1);
            os.bind(fd, Sockaddr.v4(FOREIGN, PORT));
        }));
        deeds.put("reuseport-bind", os -> {
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
        deeds.put(
                "uring-bind",
                Deed.at(os -> new Uring(os).bind(os.socket(INET, STREAM, TCP), Sockaddr.v4(LOOPBACK, PORT))));
        deeds.put("dual-stack-bind", served(INET6, Sockaddr.v6(0, PORT)));
        deeds.put("wildcard-bind", served(INET, Sockaddr.v4(0, PORT)));
    }

    /** A socket that takes an address and serves a client that connects to 127.0.0.1. */
    private static Deed served(int family, byte[] address) {
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

    private static void unasked(Map<String, Deed> deeds) {
        deeds.put("port-zero", Deed.at(os -> {
            long fd = os.socket(INET, STREAM, TCP);
            os.bind(fd, Sockaddr.v4(LOOPBACK, 0));
            given(os, fd);
        }));
        deeds.put("raw-bind", Deed.at(os -> os.bind(os.socket(INET, RAW, EXPERIMENT), Sockaddr.v4(LOOPBACK, 0))));
        deeds.put("ping-bind", Deed.at(os -> os.bind(os.socket(INET, DGRAM, ICMP), Sockaddr.v4(LOOPBACK, PORT))));
        deeds.put("listen-unbound", os -> {
            long client = os.socket(INET, STREAM, TCP);
            return then -> {
                long fd = then.socket(INET, STREAM, TCP);
                then.listen(fd);
                then.connect(client, Sockaddr.v4(LOOPBACK, given(then, fd)));
                then.accept(fd);
            };
        });
        deeds.put("send-unbound", os -> {
            long receiver = EgressDeeds.receiver(os);
            int port = os.port(receiver);
            return then -> {
                long fd = then.socket(INET, DGRAM, UDP);
                then.sendTo(fd, BYTE, 0, Sockaddr.v4(LOOPBACK, port));
                then.sendTo(receiver, BYTE, 0, Sockaddr.mapped(LOOPBACK, given(then, fd)));
                then.receive(fd);
            };
        });
    }

    private static int given(Os os, long fd) {
        int port = os.port(fd);
        if (port == 0) {
            throw new IllegalStateException("the kernel chose no port");
        }
        return port;
    }
}
