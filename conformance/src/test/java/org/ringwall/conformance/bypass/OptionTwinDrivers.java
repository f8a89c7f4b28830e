// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import static org.ringwall.conformance.bypass.OptionDrivers.number;
import static org.ringwall.conformance.bypass.Os.DGRAM;
import static org.ringwall.conformance.bypass.Os.RAW;
import static org.ringwall.conformance.bypass.Os.STREAM;
import static org.ringwall.conformance.bypass.Os.TCP;
import static org.ringwall.conformance.bypass.Os.UDP;
import static org.ringwall.conformance.bypass.Sockaddr.INET;
import static org.ringwall.conformance.bypass.Sockaddr.INET6;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;

/**
 * Bypasses of `sockopt` by an option that sets what a denied option sets. The denied option then
 * shows the result.
 */
final class OptionTwinDrivers {
    private static final int SOL_SOCKET = 1;
    private static final int SOL_IP = 0;
    private static final int SOL_IPV6 = 41;
    private static final int SOL_UDP = 17;
    private static final int SOL_UDPLITE = 136;
    private static final int SOL_RAW = 255;
    private static final int UNUSED = 253;
    private static final int GROUP = 0xef010203;
    private static final int MORE_MEMORY = 4_000_000;

    /** IPV6_DSTOPTS with padding, as a control message. */
    private static final byte[] PADDING = {0, 0, 1, 4, 0, 0, 0, 0};

    private OptionTwinDrivers() {}

    /** An option: its level and its number. */
    private record Place(int level, int number) {}

    /** The arguments of socket(2). */
    private record Made(int family, int type, int protocol) {}

    static Map<String, BypassDriver> all() {
        Made datagrams = new Made(INET, DGRAM, UDP);
        Made datagrams6 = new Made(INET6, DGRAM, UDP);
        Made stream = new Made(INET, STREAM, TCP);
        Made raw6 = new Made(INET6, RAW, UNUSED);
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        drivers.put("twin-option", sets(datagrams, new Place(SOL_IP, 1), 0x10, new Place(SOL_SOCKET, 12)));
        drivers.put("twin-option:udplite-level", sets(datagrams, new Place(SOL_UDPLITE, 1), 1, new Place(SOL_UDP, 1)));
        drivers.put("twin-option:segments", sets(datagrams, new Place(SOL_UDPLITE, 103), 100, new Place(SOL_UDP, 103)));
        drivers.put("twin-option:freebind", sets(datagrams6, new Place(SOL_IPV6, 78), 1, new Place(SOL_IP, 15)));
        drivers.put("twin-option:transparent", sets(datagrams6, new Place(SOL_IPV6, 75), 1, new Place(SOL_IP, 19)));
        drivers.put("twin-option:device", sets(datagrams, new Place(SOL_SOCKET, 62), 1, new Place(SOL_SOCKET, 25)));
        drivers.put("twin-option:checksum", sets(raw6, new Place(SOL_RAW, 7), 2, new Place(SOL_IPV6, 7)));
        drivers.put("twin-option:header", sets(raw6, new Place(SOL_RAW, 36), 1, new Place(SOL_IPV6, 36)));
        drivers.put(
                "twin-option:low-water",
                sets(stream, new Place(SOL_SOCKET, 18), MORE_MEMORY, new Place(SOL_SOCKET, 8)));
        drivers.put(
                "twin-option:receive-buffer",
                sets(stream, new Place(SOL_SOCKET, 33), MORE_MEMORY, new Place(SOL_SOCKET, 8)));
        drivers.put(
                "twin-option:send-buffer",
                sets(stream, new Place(SOL_SOCKET, 32), MORE_MEMORY, new Place(SOL_SOCKET, 7)));
        drivers.put("twin-option:repair", sets(stream, new Place(TCP, 19), 1, new Place(SOL_SOCKET, 2)));
        drivers.put("twin-option:packet-options", BypassDriver.at(OptionTwinDrivers::packetOptions));
        drivers.put("twin-option:membership", BypassDriver.at(OptionTwinDrivers::membership));
        return drivers;
    }

    /**
     * Returns a driver that sets the twin, after which the option must have another value. A
     * kernel without the twin returns ENOPROTOOPT or EINVAL, which is reported as EPROTONOSUPPORT.
     */
    private static BypassDriver sets(Made made, Place twin, int value, Place option) {
        return BypassDriver.at(os -> {
            long fd = os.socket(made.family(), made.type(), made.protocol());
            int before = read(os, fd, option);
            try {
                os.option(fd, twin.level(), twin.number(), value);
            } catch (Refused e) {
                boolean absent = e.errno() == Errno.ENOPROTOOPT.number() || e.errno() == Errno.EINVAL.number();
                throw absent ? new Refused(Errno.EPROTONOSUPPORT.number(), e.step()) : e;
            }
            int after = read(os, fd, option);
            if (after == before) {
                throw new IllegalStateException(option + " is still " + before);
            }
        });
    }

    /** Returns the value of the option: a number, or the beginning of a name. */
    private static int read(Os os, long fd, Place option) {
        try (NativeArena.Frame frame = os.frame()) {
            NativeBlock value = frame.zeros(16);
            os.optionInto(fd, option.level(), option.number(), value);
            return value.intAt(0);
        }
    }

    /** Sets IPV6_DSTOPTS by a control message in IPV6_2292PKTOPTIONS. */
    private static void packetOptions(Os os) {
        long fd = os.socket(INET6, DGRAM, UDP);
        ByteBuffer message = ByteBuffer.allocate(24).order(ByteOrder.nativeOrder());
        message.putLong(24).putInt(SOL_IPV6).putInt(59).put(PADDING);
        os.option(fd, SOL_IPV6, 6, message.array());
        if (read(os, fd, new Place(SOL_IPV6, 59)) == 0) {
            throw new IllegalStateException("the option is not set");
        }
    }

    /**
     * Joins a group by MCAST_JOIN_GROUP with a `struct group_req`, and shows that it can be left.
     */
    private static void membership(Os os) {
        long fd = os.socket(INET, DGRAM, UDP);
        ByteBuffer request = ByteBuffer.allocate(136).put(number(1));
        request.position(8).put(Sockaddr.v4(GROUP, 0));
        os.option(fd, SOL_IP, 42, request.array());
        os.option(fd, SOL_IP, 45, request.array());
    }
}
