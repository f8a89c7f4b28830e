// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import static org.ringwall.conformance.bypass.Os.DGRAM;
import static org.ringwall.conformance.bypass.Os.STREAM;
import static org.ringwall.conformance.bypass.Os.TCP;
import static org.ringwall.conformance.bypass.Os.UDP;
import static org.ringwall.conformance.bypass.RewriteDrivers.DESTINATION_AT;
import static org.ringwall.conformance.bypass.RewriteDrivers.SOURCE_AT;
import static org.ringwall.conformance.bypass.Sockaddr.ALLOWED;
import static org.ringwall.conformance.bypass.Sockaddr.INET;
import static org.ringwall.conformance.bypass.Sockaddr.LOOPBACK;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Bypasses by NAT that is there before the policy. The drivers add the rules while they prepare, as
 * the host does; what they do under the policy takes no privilege.
 */
final class TranslationDrivers {
    private static final int LOCAL_OUT = 3;
    private static final int POSTROUTING = 4;
    private static final int DENIED_SOURCE = 0x7f00004d;

    /** An address that only the policies of the network's translation allow. */
    private static final int GATEWAY = PacketDrivers.TUN_ADDRESS + 1;

    private static final byte[] BYTE = {42};

    private TranslationDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        drivers.put("translated-destination", TranslationDrivers::destination);
        drivers.put("translated-destination:datagram", TranslationDrivers::datagram);
        drivers.put("later-translation", TranslationDrivers::network);
        drivers.put("translated-source", TranslationDrivers::source);
        drivers.put("translated-port", TranslationDrivers::port);
        return drivers;
    }

    /** Connects to 127.0.0.9, which the host translates to 127.0.0.1. */
    private static BypassDriver.Act destination(Os os) {
        long listener = os.socket(INET, STREAM, TCP);
        os.bind(listener, Sockaddr.v4(LOOPBACK, 0));
        os.listen(listener);
        int port = os.port(listener);
        RewriteDrivers.translate(os, LOCAL_OUT, DESTINATION_AT, ALLOWED, LOOPBACK);
        return translated(then -> {
            long fd = then.socket(INET, STREAM, TCP);
            then.impatient(fd);
            then.connect(fd, Sockaddr.v4(ALLOWED, port));
            then.accept(listener);
        });
    }

    private static BypassDriver.Act datagram(Os os) {
        long receiver = bound(os, LOOPBACK);
        int port = os.port(receiver);
        RewriteDrivers.translate(os, LOCAL_OUT, DESTINATION_AT, ALLOWED, LOOPBACK);
        return translated(then -> {
            then.sendTo(then.socket(INET, DGRAM, UDP), BYTE, 0, Sockaddr.v4(ALLOWED, port));
            then.receive(receiver);
        });
    }

    /**
     * Sends to a gateway. The network that it belongs to, which is a TUN device here, translates it
     * to a denied address.
     */
    private static BypassDriver.Act network(Os os) {
        long tun = PacketDrivers.interfaceUp(os);
        long receiver = bound(os, PacketDrivers.TUN_ADDRESS);
        int port = os.port(receiver);
        return then -> {
            then.sendTo(then.socket(INET, DGRAM, UDP), BYTE, 0, Sockaddr.v4(GATEWAY, port));
            byte[] packet = then.readPatiently(tun);
            while (ByteBuffer.wrap(packet).getInt(DESTINATION_AT) != GATEWAY) {
                packet = then.readPatiently(tun);
            }
            then.write(tun, PacketDrivers.datagram(GATEWAY, PacketDrivers.TUN_ADDRESS, port));
            then.receive(receiver);
        };
    }

    /** Receives a datagram of 127.0.0.1, whose source the host translates to 127.0.0.9. */
    private static BypassDriver.Act source(Os os) {
        os.leave();
        long peer = bound(os, LOOPBACK);
        os.enter();
        RewriteDrivers.translate(os, POSTROUTING, SOURCE_AT, LOOPBACK, ALLOWED);
        return translated(then -> {
            long fd = bound(then, LOOPBACK);
            then.sendTo(peer, BYTE, 0, Sockaddr.v4(LOOPBACK, then.port(fd)));
            if (then.sender(fd) != ALLOWED) {
                throw new IllegalStateException("the source was not translated");
            }
        });
    }

    /** Receives at 127.0.0.1 what a process sends to 127.0.0.77, where the socket may not bind. */
    private static BypassDriver.Act port(Os os) {
        os.leave();
        long peer = os.socket(INET, DGRAM, UDP);
        os.enter();
        RewriteDrivers.translate(os, LOCAL_OUT, DESTINATION_AT, DENIED_SOURCE, LOOPBACK);
        return translated(then -> {
            long fd = bound(then, LOOPBACK);
            then.sendTo(peer, BYTE, 0, Sockaddr.v4(DENIED_SOURCE, then.port(fd)));
            then.receive(fd);
        });
    }

    private static long bound(Os os, int address) {
        long fd = os.socket(INET, DGRAM, UDP);
        os.bind(fd, Sockaddr.v4(address, 0));
        return fd;
    }

    /** Performs the act, and then removes the host's rules. */
    private static BypassDriver.Act translated(BypassDriver.Act act) {
        return then -> {
            try {
                act.take(then);
            } finally {
                RewriteDrivers.endTranslation(then);
            }
        };
    }
}
