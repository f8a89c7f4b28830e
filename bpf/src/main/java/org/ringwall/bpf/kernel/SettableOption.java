// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The options that `bpf_setsockopt` sets on a socket at sock_ops (`_bpf_setsockopt` in
 * net/core/filter.c of 5.10, `sol_socket_sockopt`, `sol_tcp_sockopt`, `sol_ip_sockopt` and
 * `sol_ipv6_sockopt` since 6.1), with the first kernel that accepts each.
 *
 * <p>If 5.10 and 6.1 differ, 6.1 counts. Options with `BPF` in their names are defined in
 * include/uapi/linux/bpf.h, for programs only. With {@link CallbackOption} these are all options
 * that the helper accepts.
 */
public enum SettableOption {
    SO_RCVBUF(SocketLevel.SOCKET, 8, KernelVersion.V5_10),
    SO_SNDBUF(SocketLevel.SOCKET, 7, KernelVersion.V5_10),
    SO_REUSEADDR(SocketLevel.SOCKET, 2, KernelVersion.V6_1),
    SO_KEEPALIVE(SocketLevel.SOCKET, 9, KernelVersion.V5_10),
    SO_PRIORITY(SocketLevel.SOCKET, 12, KernelVersion.V5_10),
    SO_REUSEPORT(SocketLevel.SOCKET, 15, KernelVersion.V6_1),
    SO_RCVLOWAT(SocketLevel.SOCKET, 18, KernelVersion.V5_10),
    SO_BINDTODEVICE(SocketLevel.SOCKET, 25, KernelVersion.V5_10, 15),
    SO_MARK(SocketLevel.SOCKET, 36, KernelVersion.V5_10),
    SO_MAX_PACING_RATE(SocketLevel.SOCKET, 47, KernelVersion.V5_10),
    SO_BINDTOIFINDEX(SocketLevel.SOCKET, 62, KernelVersion.V6_1),
    SO_TXREHASH(SocketLevel.SOCKET, 74, KernelVersion.V6_1),
    IP_TOS(SocketLevel.IP, 1, KernelVersion.V5_10),
    IP_TRANSPARENT(SocketLevel.IP, 19, new KernelVersion(7, 3)),
    IPV6_TCLASS(SocketLevel.IPV6, 67, KernelVersion.V5_10),
    IPV6_AUTOFLOWLABEL(SocketLevel.IPV6, 70, KernelVersion.V6_1),
    IPV6_TRANSPARENT(SocketLevel.IPV6, 75, new KernelVersion(7, 3)),
    TCP_NODELAY(SocketLevel.TCP, 1, KernelVersion.V6_1),
    TCP_MAXSEG(SocketLevel.TCP, 2, KernelVersion.V6_1),
    TCP_KEEPIDLE(SocketLevel.TCP, 4, KernelVersion.V5_10),
    TCP_KEEPINTVL(SocketLevel.TCP, 5, KernelVersion.V5_10),
    TCP_KEEPCNT(SocketLevel.TCP, 6, KernelVersion.V5_10),
    TCP_SYNCNT(SocketLevel.TCP, 7, KernelVersion.V5_10),
    TCP_WINDOW_CLAMP(SocketLevel.TCP, 10, KernelVersion.V6_1),
    TCP_CONGESTION(SocketLevel.TCP, 13, KernelVersion.V5_10, 15),
    TCP_THIN_LINEAR_TIMEOUTS(SocketLevel.TCP, 16, KernelVersion.V6_1),
    TCP_USER_TIMEOUT(SocketLevel.TCP, 18, KernelVersion.V5_10),
    TCP_NOTSENT_LOWAT(SocketLevel.TCP, 25, KernelVersion.V5_10),
    TCP_SAVE_SYN(SocketLevel.TCP, 27, KernelVersion.V5_10),
    TCP_RTO_MAX_MS(SocketLevel.TCP, 44, new KernelVersion(6, 15)),
    TCP_BPF_IW(SocketLevel.TCP, 1001, KernelVersion.V5_10),
    TCP_BPF_SNDCWND_CLAMP(SocketLevel.TCP, 1002, KernelVersion.V5_10),
    TCP_BPF_DELACK_MAX(SocketLevel.TCP, 1003, KernelVersion.V5_10),
    TCP_BPF_RTO_MIN(SocketLevel.TCP, 1004, KernelVersion.V5_10);

    private final SocketLevel level;
    private final int number;
    private final KernelVersion since;
    private final int mostBytes;

    SettableOption(SocketLevel level, int number, KernelVersion since) {
        this(level, number, since, 0);
    }

    SettableOption(SocketLevel level, int number, KernelVersion since, int mostBytes) {
        this.level = level;
        this.number = number;
        this.since = since;
        this.mostBytes = mostBytes;
    }

    /** Returns the option with this name in the kernel's headers. */
    public static Optional<SettableOption> named(String name) {
        return Arrays.stream(values())
                .filter(option -> option.name().equals(name))
                .findFirst();
    }

    /** Returns the option with these numbers. */
    public static Optional<SettableOption> of(int level, int number) {
        return Arrays.stream(values())
                .filter(option -> option.level() == level && option.number == number)
                .findFirst();
    }

    public static List<String> names() {
        return Arrays.stream(values()).map(Enum::name).toList();
    }

    /** Returns the `level` argument of setsockopt(2). */
    public int level() {
        return level.number();
    }

    /** Returns the `optname` argument of setsockopt(2). */
    public int number() {
        return number;
    }

    /** Returns the first kernel whose helper accepts it. */
    public KernelVersion since() {
        return since;
    }

    /** Returns whether its value is a name that ends with a NUL, and not an `int`. */
    public boolean isText() {
        return mostBytes > 0;
    }

    /**
     * Returns the maximum size of a name in bytes, without the NUL: TCP_CA_NAME_MAX − 1, IFNAMSIZ −
     * 1; 0 for a number.
     */
    public int mostBytes() {
        return mostBytes;
    }
}
