// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Levels of socket options: SOL_ in include/linux/socket.h, and SOL_SOCKET in
 * include/uapi/asm-generic/socket.h.
 */
public enum SocketLevel {
    IP(0, "IPPROTO_IP", "SOL_IP"),
    SOCKET(1, "SOL_SOCKET"),
    TCP(6, "IPPROTO_TCP", "SOL_TCP"),
    UDP(17, "IPPROTO_UDP", "SOL_UDP"),
    IPV6(41, "IPPROTO_IPV6", "SOL_IPV6"),
    ICMPV6(58, "IPPROTO_ICMPV6", "SOL_ICMPV6"),
    SCTP(132, "IPPROTO_SCTP", "SOL_SCTP"),
    UDPLITE(136, "IPPROTO_UDPLITE", "SOL_UDPLITE"),
    RAW(255, "SOL_RAW"),
    PACKET(263, "SOL_PACKET"),
    NETLINK(270, "SOL_NETLINK"),
    ALG(279, "SOL_ALG"),
    TLS(282, "SOL_TLS"),
    XDP(283, "SOL_XDP"),
    MPTCP(284, "SOL_MPTCP"),
    VSOCK(287, "SOL_VSOCK");

    private final int number;
    private final List<String> names;

    SocketLevel(int number, String... names) {
        this.number = number;
        this.names = List.of(names);
    }

    /** Returns the level with this name in the kernel's headers. */
    public static Optional<SocketLevel> ofName(String name) {
        return Arrays.stream(values())
                .filter(level -> level.names.contains(name))
                .findFirst();
    }

    public static Optional<SocketLevel> of(int number) {
        return Arrays.stream(values()).filter(level -> level.number == number).findFirst();
    }

    /** Returns the `level` argument of setsockopt(2). */
    public int number() {
        return number;
    }

    /** Returns every name in the headers, the usual one first. */
    public List<String> names() {
        return names;
    }
}
