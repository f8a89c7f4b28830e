// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.DeviceKind;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.bpf.kernel.SocketLevel;
import org.ringwall.bpf.kernel.SocketOption;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/**
 * The words that denote numbers, as listed in docs/semantics.md section 1. No word belongs to two
 * types.
 */
public final class Constants {
    /** The protocols with a word; others are written as numbers. */
    private static final List<IpProtocol> PROTOCOLS = List.of(
            IpProtocol.TCP,
            IpProtocol.MPTCP,
            IpProtocol.UDP,
            IpProtocol.UDPLITE,
            IpProtocol.ICMP,
            IpProtocol.ICMPV6,
            IpProtocol.SCTP,
            IpProtocol.DCCP);

    /** PACKET_HOST, PACKET_BROADCAST, … of include/uapi/linux/if_packet.h, in numeric order. */
    private static final List<String> PACKET_TYPES = List.of("host", "broadcast", "multicast", "otherhost", "outgoing");

    private static final Map<String, Constant> ALL = all();

    private Constants() {}

    /** The meaning of a word. */
    public record Constant(FieldType type, IntervalSet numbers) {}

    private static Map<String, Constant> all() {
        Map<String, Constant> all = new TreeMap<>();
        PROTOCOLS.forEach(protocol -> put(all, FieldType.PROTOCOL, protocol.word(), protocol.number()));
        // A policy's `tcp` includes MPTCP: a rule on 6 alone could be bypassed with a socket of
        // protocol 262.
        all.put(
                IpProtocol.TCP.word(),
                new Constant(
                        FieldType.PROTOCOL,
                        IntervalSet.of(one(IpProtocol.TCP.number()), one(IpProtocol.MPTCP.number()))));
        put(all, FieldType.SOCKET_TYPE, SocketType.STREAM.word(), SocketType.STREAM.number());
        put(all, FieldType.SOCKET_TYPE, SocketType.DGRAM.word(), SocketType.DGRAM.number());
        put(all, FieldType.SOCKET_TYPE, SocketType.RAW.word(), SocketType.RAW.number());
        put(all, FieldType.SOCKET_TYPE, SocketType.SEQPACKET.word(), SocketType.SEQPACKET.number());
        put(all, FieldType.SOCKET_TYPE, "dccp_type", SocketType.DCCP.number());
        put(all, FieldType.FAMILY, "inet", AddressFamily.INET.number());
        put(all, FieldType.FAMILY, "inet6", AddressFamily.INET6.number());
        PACKET_TYPES.forEach(word -> put(all, FieldType.PACKET_TYPE, word, PACKET_TYPES.indexOf(word)));
        for (DeviceKind kind : DeviceKind.values()) {
            put(all, FieldType.DEVICE_TYPE, kind.word(), kind.number());
        }
        options(all);
        return all;
    }

    /** Adds the options, whose numbers contain level and option number. */
    private static void options(Map<String, Constant> all) {
        for (SocketLevel level : SocketLevel.values()) {
            level.names().forEach(name -> put(all, FieldType.SOCKET_LEVEL, name, level.number()));
        }
        for (SocketOption option : SocketOption.values()) {
            List<Interval> places = option.places().stream()
                    .map(place -> (long) place.level() << 32 | place.number())
                    .map(Constants::one)
                    .toList();
            all.put(option.name(), new Constant(FieldType.SOCKET_OPTION, IntervalSet.of(places)));
        }
        for (Errno errno : Errno.values()) {
            put(all, FieldType.ERRNO, errno.name(), errno.number());
        }
    }

    private static void put(Map<String, Constant> all, FieldType type, String word, long number) {
        all.put(word, new Constant(type, IntervalSet.of(number)));
    }

    private static Interval one(long number) {
        return Interval.of(number, number);
    }

    public static Optional<Constant> named(String word) {
        return Optional.ofNullable(ALL.get(word));
    }

    /** Returns the single number of a word where a socket is created: there, `tcp` is only 6. */
    public static Optional<Long> number(String word, FieldType type) {
        return named(word)
                .filter(constant -> constant.type == type)
                .map(constant -> constant.numbers.intervals().get(0).low().toLongExact());
    }

    /** Returns the words of a type, sorted. */
    public static List<String> words(FieldType type) {
        return ALL.entrySet().stream()
                .filter(entry -> entry.getValue().type == type)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Whether a word already has a meaning as a value, so that nothing else may have that name. */
    public static boolean taken(String word) {
        return ALL.containsKey(word)
                || word.equals("true")
                || word.equals("false")
                || Arrays.stream(Field.values()).anyMatch(field -> field.text().equals(word));
    }
}
