// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

import java.util.List;
import java.util.Map;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/** Values that policies and requests share, so that guards often match. */
final class Pools {
    static final List<Long> PORTS = List.of(0L, 1L, 22L, 53L, 80L, 443L, 1023L, 1024L, 8080L, 32768L, 65534L, 65535L);

    static final List<Long> IDS =
            List.of(0L, 1L, 1000L, 65534L, 0x7fff_ffffL, 0x8000_0000L, 0xffff_fffeL, 0xffff_ffffL);

    static final List<Integer> PROTOCOLS = List.of(6, 262, 17, 136, 1, 58, 132, 33, 2, 47, 255, 256, 257);

    static final List<Integer> TYPES = List.of(1, 2, 3, 5, 6, 4);

    static final List<Long> V4 = List.of(
            0L,
            1L,
            0x0a00_0000L,
            0x0aff_ffffL,
            0x7f00_0000L,
            0x7f00_0001L,
            0x7f00_0002L,
            0x7fff_ffffL,
            0x8000_0000L,
            0xa9fe_a9feL,
            0xc0a8_0101L,
            0xe000_0001L,
            0xffff_fffeL,
            0xffff_ffffL);

    /** Includes the ends of the v4-mapped range, and addresses that differ in only one half. */
    static final List<U128> V6 = List.of(
            U128.ZERO,
            U128.of(1),
            U128.of(2),
            U128.of(0x7f00_0001L),
            U128.of(0xfffe_ffff_ffffL),
            U128.of(0xffff_0000_0000L),
            U128.of(0xffff_7f00_0001L),
            U128.of(0xffff_ffff_ffffL),
            U128.of(0x1_0000_0000_0000L),
            new U128(1, 0xffff_7f00_0001L),
            new U128(0, -1),
            new U128(1, 0),
            new U128(0x2001_0db8_0000_0000L, 0),
            new U128(0x2001_0db8_0000_0000L, 1),
            new U128(0x2001_0db8_0000_0000L, -1),
            new U128(0x2001_0db8_ffff_ffffL, -1),
            new U128(0xfe80_0000_0000_0000L, 1),
            new U128(0xfd00_0ec2_0000_0000L, 0x254),
            new U128(0x8000_0000_0000_0000L, 0),
            new U128(0x7fff_ffff_ffff_ffffL, -1),
            new U128(-1, 0),
            U128.MAX);

    static final List<Long> NUMBERS = List.of(
            0L,
            1L,
            2L,
            3L,
            5L,
            7L,
            8L,
            136L,
            195L,
            255L,
            256L,
            4096L,
            65535L,
            65536L,
            0x7fff_ffffL,
            0x8000_0000L,
            0xffff_fffeL,
            0xffff_ffffL);

    /** 64-bit values at the boundaries of halves and signs. */
    static final List<Long> WIDE = List.of(
            1L,
            2L,
            4711L,
            0x7fff_ffffL,
            0xffff_ffffL,
            0x1_0000_0000L,
            0x1_0000_0001L,
            Long.MAX_VALUE,
            Long.MIN_VALUE,
            -2L,
            -1L);

    /** ICMP types for echo, unreachable and neighbour discovery, and the ends of the range. */
    static final List<Long> BYTES = List.of(0L, 1L, 3L, 8L, 11L, 127L, 128L, 129L, 133L, 135L, 136L, 137L, 255L);

    /**
     * Some are prefixes of others, some differ in the last character. Lengths are near multiples of
     * eight.
     */
    static final List<String> NAMES = List.of(
            "kernel/hostname",
            "kernel/hostname2",
            "kernel/domainname",
            "kernel/kptr_restrict",
            "kernel/kptr_restrictions",
            "kernel/dmesg_restrict",
            "net/ipv4/ip_forward",
            "net/ipv4/ip_forward_update_priority",
            "net/ipv4/conf/all/rp_filter",
            "net/ipv4/conf/default/rp_filter",
            "net/ipv6/conf/all/forwarding",
            "net/core/somaxconn",
            "vm/swappiness",
            "vm/a",
            "vm/b",
            "user/max_user_namespaces",
            "fs/file-max",
            "a",
            "ab",
            "abcdefg",
            "abcdefgh",
            "abcdefghi",
            "abcdefghijklmno",
            "abcdefghijklmnop");

    /** Device paths with the same number on every Linux (Documentation/admin-guide/devices.txt). */
    static final Map<String, long[]> CHAR_DEVICES = Map.of(
            "/dev/null", new long[] {1, 3},
            "/dev/zero", new long[] {1, 5},
            "/dev/full", new long[] {1, 7},
            "/dev/random", new long[] {1, 8},
            "/dev/urandom", new long[] {1, 9},
            "/dev/tty", new long[] {5, 0},
            "/dev/console", new long[] {5, 1},
            "/dev/ptmx", new long[] {5, 2});

    static final List<Written<IntervalSet>> PROTOCOL_WORDS = List.of(
            new Written<>("tcp", IntervalSet.of(6).union(IntervalSet.of(262))),
            new Written<>("mptcp", IntervalSet.of(262)),
            new Written<>("udp", IntervalSet.of(17)),
            new Written<>("udplite", IntervalSet.of(136)),
            new Written<>("icmp", IntervalSet.of(1)),
            new Written<>("icmpv6", IntervalSet.of(58)),
            new Written<>("sctp", IntervalSet.of(132)),
            new Written<>("dccp", IntervalSet.of(33)));

    static final List<Written<IntervalSet>> TYPE_WORDS = List.of(
            new Written<>("stream", IntervalSet.of(1)),
            new Written<>("dgram", IntervalSet.of(2)),
            new Written<>("raw", IntervalSet.of(3)),
            new Written<>("seqpacket", IntervalSet.of(5)),
            new Written<>("dccp_type", IntervalSet.of(6)));

    static final List<Written<IntervalSet>> FAMILY_WORDS =
            List.of(new Written<>("inet", IntervalSet.of(2)), new Written<>("inet6", IntervalSet.of(10)));

    static final List<Written<IntervalSet>> PACKET_TYPE_WORDS = List.of(
            new Written<>("host", IntervalSet.of(0)),
            new Written<>("broadcast", IntervalSet.of(1)),
            new Written<>("multicast", IntervalSet.of(2)),
            new Written<>("otherhost", IntervalSet.of(3)),
            new Written<>("outgoing", IntervalSet.of(4)));

    static final List<Written<IntervalSet>> DEVICE_TYPE_WORDS =
            List.of(new Written<>("block", IntervalSet.of(1)), new Written<>("char", IntervalSet.of(2)));

    /** Several options at one level, one name for two numbers, and one name for two levels. */
    static final List<Written<IntervalSet>> OPTION_WORDS = List.of(
            option("SO_MARK", 1, 36),
            option("SO_TYPE", 1, 3),
            option("SO_KEEPALIVE", 1, 9),
            option("SO_REUSEADDR", 1, 2),
            option("SO_BINDTODEVICE", 1, 25),
            new Written<>("SO_RCVTIMEO", place(1, 20).union(place(1, 66))),
            option("IP_TTL", 0, 2),
            option("IP_TOS", 0, 1),
            option("IP_TRANSPARENT", 0, 19),
            new Written<>("MCAST_JOIN_GROUP", place(0, 42).union(place(41, 42))),
            option("IPV6_V6ONLY", 41, 26),
            option("TCP_NODELAY", 6, 1),
            option("TCP_MAXSEG", 6, 2),
            option("TCP_CORK", 6, 3),
            option("UDP_SEGMENT", 17, 103),
            option("TLS_TX", 282, 1),
            option("MPTCP_INFO", 284, 1));

    static final List<Written<IntervalSet>> LEVEL_WORDS = List.of(
            new Written<>("SOL_SOCKET", IntervalSet.of(1)),
            new Written<>("IPPROTO_IP", IntervalSet.of(0)),
            new Written<>("SOL_TCP", IntervalSet.of(6)),
            new Written<>("IPPROTO_IPV6", IntervalSet.of(41)),
            new Written<>("SOL_TLS", IntervalSet.of(282)),
            new Written<>("6", IntervalSet.of(6)));

    static final List<Written<IntervalSet>> ERRNO_WORDS = List.of(
            new Written<>("0", IntervalSet.of(0)),
            new Written<>("EPERM", IntervalSet.of(1)),
            new Written<>("EINVAL", IntervalSet.of(22)),
            new Written<>("ENOPROTOOPT", IntervalSet.of(92)),
            new Written<>("EOPNOTSUPP", IntervalSet.of(95)));

    private static Written<IntervalSet> option(String name, int level, int number) {
        return new Written<>(name, place(level, number));
    }

    private static IntervalSet place(long level, long number) {
        return IntervalSet.of(level << 32 | number);
    }

    private Pools() {}
}
