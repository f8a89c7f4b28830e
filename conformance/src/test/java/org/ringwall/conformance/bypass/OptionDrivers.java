// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import static org.ringwall.conformance.bypass.Os.DGRAM;
import static org.ringwall.conformance.bypass.Os.STREAM;
import static org.ringwall.conformance.bypass.Os.TCP;
import static org.ringwall.conformance.bypass.Os.UDP;
import static org.ringwall.conformance.bypass.Sockaddr.INET;
import static org.ringwall.conformance.bypass.Sockaddr.LOOPBACK;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.testkit.Guard;

/**
 * Bypasses of `sockopt`: to SO_PRIORITY, IP_TOS and IP_TTL, which every policy of the tests
 * denies.
 */
final class OptionDrivers {
    static final int SOL_SOCKET = 1;
    static final int SO_PRIORITY = 12;

    private static final int SO_PEERPIDFD = 77;
    private static final int IP_TTL = 2;
    private static final int SCTP = 132;
    private static final int SEQPACKET = 5;
    private static final int SCTP_SOCKOPT_CONNECTX3 = 111;
    private static final int TTL_AT = 8;
    private static final int TOS_AT = 1;
    private static final int HOPS = 5;
    private static final int LONG = 5000;
    private static final int DENIED_PRIORITY = 6;
    private static final byte[] BYTE = {42};

    private OptionDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        drivers.put(
                "uring-option",
                BypassDriver.at(
                        os -> new Uring(os).option(os.socket(INET, DGRAM, UDP), SOL_SOCKET, SO_PRIORITY, HOPS)));
        drivers.put(
                "uring-option:read",
                BypassDriver.at(os -> new Uring(os).readOption(os.socket(INET, DGRAM, UDP), SOL_SOCKET, SO_PRIORITY)));
        drivers.put("other-family-option", BypassDriver.at(OptionDrivers::otherFamilies));
        drivers.put("long-value", os -> {
            long fd = os.socket(INET, DGRAM, UDP);
            return then -> longValue(then, fd);
        });
        drivers.put("compat-option", os -> {
            CompatCall call =
                    CompatCall.ready(os, new CompatCall.Use(INET, SOL_SOCKET, SO_PRIORITY, number(HOPS), new byte[0]));
            return then -> call.take();
        });
        drivers.put("peer-pidfd", os -> {
            long[] pair = new Messages(os).pair();
            return then -> then.opened(then.option(pair[0], SOL_SOCKET, SO_PEERPIDFD));
        });
        drivers.put("sctp-option", OptionDrivers::connectByOption);
        drivers.put("denied-answer", OptionDrivers::deniedAnswer);
        drivers.put("inherited-option", OptionDrivers::inherited);
        drivers.put("bpf-option", os -> {
            long watcher = PacketDrivers.wire(os);
            long fd = os.socket(INET, DGRAM, UDP);
            return then -> {
                then.connect(fd, Sockaddr.v4(LOOPBACK, 9));
                then.send(fd, BYTE);
                seen(then, watcher, packet -> packet[TOS_AT] == ForeignProgram.CLASS);
            };
        });
        return drivers;
    }

    static byte[] number(int value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.nativeOrder())
                .putInt(value)
                .array();
    }

    /** Waits for a packet that meets the condition; throws EAGAIN if none does. */
    static void seen(Os os, long watcher, Predicate<byte[]> such) {
        byte[] packet = os.receive(watcher);
        while (!such.test(packet)) {
            packet = os.receive(watcher);
        }
    }

    private static void otherFamilies(Os os) {
        int refusals = 0;
        Refused last = new Refused(0, "nothing");
        int[] families = {Sockaddr.UNIX, Sockaddr.NETLINK, Sockaddr.PACKET};
        for (int family : families) {
            long fd = os.socket(family, DGRAM, 0);
            try {
                os.option(fd, SOL_SOCKET, SO_PRIORITY, HOPS);
            } catch (Refused e) {
                refusals++;
                last = e;
            }
        }
        if (refusals == families.length) {
            throw last;
        }
        if (refusals > 0) {
            throw new IllegalStateException("some families are refused, others not: " + last.getMessage());
        }
    }

    /**
     * Changes the value from another thread until the denied one is set. The value is longer than
     * what the policy sees whole.
     */
    private static void longValue(Os os, long fd) {
        AtomicBoolean ended = new AtomicBoolean();
        try (NativeArena.Frame frame = os.frame()) {
            NativeBlock value = frame.zeros(LONG);
            Thread changer = new Thread(() -> {
                while (!ended.get()) {
                    value.putInt(0, 1);
                    value.putInt(0, DENIED_PRIORITY);
                }
            });
            changer.start();
            try {
                race(os, fd, value);
            } finally {
                ended.set(true);
                join(changer);
            }
        }
    }

    private static void race(Os os, long fd, NativeBlock value) {
        Guard.Moment end = Guard.fromNow();
        int refusals = 0;
        while (!end.reached()) {
            try {
                os.optionAt(fd, SOL_SOCKET, SO_PRIORITY, value);
            } catch (Refused e) {
                refusals++;
                if (refusals == 100_000) {
                    throw e;
                }
                continue;
            }
            if (os.option(fd, SOL_SOCKET, SO_PRIORITY) == DENIED_PRIORITY) {
                return;
            }
            refusals = 0;
        }
        throw new Refused(Errno.EPERM.number(), "setsockopt");
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Connects by an option with a struct sctp_getaddrs_old: the association, the length of the
     * addresses and a pointer to them.
     */
    private static BypassDriver.Act connectByOption(Os os) {
        long listener = os.socket(INET, SEQPACKET, SCTP);
        os.bind(listener, Sockaddr.v4(LOOPBACK, 0));
        os.listen(listener);
        int port = os.port(listener);
        long fd = os.socket(INET, SEQPACKET, SCTP);
        return then -> then.withBytes(
                Sockaddr.v4(LOOPBACK, port),
                address -> then.withBytes(
                        ByteBuffer.allocate(16)
                                .order(ByteOrder.nativeOrder())
                                .putInt(4, 16)
                                .putLong(8, address.address())
                                .array(),
                        request -> then.optionInto(fd, SCTP, SCTP_SOCKOPT_CONNECTX3, request)));
    }

    /**
     * Reads the value of the option from the buffer of a call, whether or not the call was
     * refused.
     */
    private static BypassDriver.Act deniedAnswer(Os os) {
        long fd = os.socket(INET, DGRAM, UDP);
        os.option(fd, SOL_SOCKET, SO_PRIORITY, HOPS);
        return then -> then.withBytes(new byte[4], value -> {
            Refused refusal = new Refused(0, "nothing");
            try {
                then.optionInto(fd, SOL_SOCKET, SO_PRIORITY, value);
            } catch (Refused e) {
                refusal = e;
            }
            if (value.intAt(0) != HOPS) {
                throw refusal;
            }
        });
    }

    private static BypassDriver.Act inherited(Os os) {
        long watcher = PacketDrivers.wire(os);
        long listener = os.socket(INET, STREAM, TCP);
        os.option(listener, 0, IP_TTL, HOPS);
        os.bind(listener, Sockaddr.v4(LOOPBACK, 0));
        os.listen(listener);
        int port = os.port(listener);
        return then -> {
            then.connect(then.socket(INET, STREAM, TCP), Sockaddr.v4(LOOPBACK, port));
            then.send(then.accept(listener), BYTE);
            seen(then, watcher, packet -> packet[TTL_AT] == HOPS && packet[packet.length - 1] == BYTE[0]);
        };
    }
}
