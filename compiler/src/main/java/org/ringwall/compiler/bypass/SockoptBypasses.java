// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import static org.ringwall.bpf.kernel.Hook.SETSOCKOPT;
import static org.ringwall.bpf.kernel.Hook.SKB_EGRESS;
import static org.ringwall.bpf.kernel.Hook.SYSCTL;
import static org.ringwall.compiler.bypass.Judge.invokes;
import static org.ringwall.compiler.bypass.Remedy.CONSTRUCTION;

import java.util.List;
import java.util.Map;
import org.ringwall.bpf.kernel.SocketOption;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.value.IntervalSet;

/**
 * The bypasses of `sockopt`: a process sets or reads an option of a socket although the block
 * denies it.
 */
final class SockoptBypasses {
    private static final List<Intent> SOCKOPT = List.of(Intent.SOCKOPT);

    /** SOCK_RAW and IPPROTO_RAW. */
    private static final int RAW = 3;

    private static final int IPPROTO_RAW = 255;

    private static final IntervalSet NOT_ZERO = IntervalSet.range(1, 0xffff_ffffL);

    /** Options whose default a sysctl of the network namespace sets. */
    private static final List<SocketOption> WITH_SYSCTL = List.of(
            SocketOption.SO_SNDBUF,
            SocketOption.SO_RCVBUF,
            SocketOption.SO_BUSY_POLL,
            SocketOption.SO_TXREHASH,
            SocketOption.IP_TTL,
            SocketOption.IP_MTU_DISCOVER,
            SocketOption.IP_FREEBIND,
            SocketOption.IP_LOCAL_PORT_RANGE,
            SocketOption.IPV6_UNICAST_HOPS,
            SocketOption.IPV6_V6ONLY,
            SocketOption.IPV6_AUTOFLOWLABEL,
            SocketOption.IPV6_FREEBIND,
            SocketOption.IPV6_MTU,
            SocketOption.IPV6_ADDR_PREFERENCES,
            SocketOption.TCP_THIN_LINEAR_TIMEOUTS,
            SocketOption.TCP_FASTOPEN,
            SocketOption.TCP_KEEPIDLE,
            SocketOption.TCP_KEEPINTVL,
            SocketOption.TCP_KEEPCNT,
            SocketOption.TCP_SYNCNT,
            SocketOption.TCP_LINGER2,
            SocketOption.TCP_CONGESTION,
            SocketOption.TCP_FASTOPEN_KEY,
            SocketOption.TCP_FASTOPEN_NO_COOKIE,
            SocketOption.TCP_NOTSENT_LOWAT,
            SocketOption.TCP_RTO_MAX_MS,
            SocketOption.TCP_RTO_MIN_US);

    static final List<Bypass> BYPASSES = List.of(
            judged(
                            "uring-option",
                            "io_uring sets an option without a setsockopt call",
                            "a denied option",
                            invokes(SETSOCKOPT))
                    .on("6.7 and newer"),
            judged(
                    "other-family-option",
                    "an option of an AF_UNIX, AF_NETLINK or AF_PACKET socket is set",
                    "a denied option",
                    invokes(SETSOCKOPT)),
            Bypass.of(
                    SOCKOPT,
                    "long-value",
                    "another thread changes a value of more than 4,096 bytes after the decision; the kernel reads it again",
                    "a denied value of an option",
                    new Judge.LongValue(),
                    Remedy.policy("sockopt { deny if write and optlen == 4096; default allow }")),
            Bypass.of(
                    SOCKOPT,
                    "twin-option",
                    "another option sets the same: 136:1 is UDP_CORK too, IPV6_FREEBIND is IP_FREEBIND, IP_TOS sets SO_PRIORITY,"
                            + " SO_RCVLOWAT makes SO_RCVBUF larger, IP_UNICAST_IF chooses the device as SO_BINDTODEVICE does,"
                            + " TCP_REPAIR sets SO_REUSEADDR",
                    "what a denied option sets",
                    new Judge.OptionTwin(),
                    Remedy.policy("sockopt { deny if write and option == 136:1; default allow }")),
            Bypass.of(
                    SOCKOPT,
                    "marking-message",
                    "a control message of sendmsg marks a packet (SO_MARK, with CAP_NET_RAW or CAP_NET_ADMIN) or gives it a priority"
                            + " (IP_TOS, or SO_PRIORITY from 6.14 on)",
                    "packets with a mark or a priority that SO_MARK and SO_PRIORITY may not set",
                    new Judge.WhereLimited(
                            List.of(SocketOption.SO_MARK, SocketOption.SO_PRIORITY),
                            new Judge.Needs(
                                    List.of(SKB_EGRESS),
                                    List.of(Map.of(Variable.MARK, NOT_ZERO), Map.of(Variable.PRIORITY, NOT_ZERO)),
                                    "a packet with a mark or a priority")),
                    Remedy.policy("packets egress { deny if mark != 0 or priority != 0; default allow }")),
            Bypass.of(
                    SOCKOPT,
                    "default-sysctl",
                    "the default of an option is set by a sysctl, as net.ipv4.ip_default_ttl and tcp_congestion_control; root of a"
                            + " network namespace can, and in a user namespace of its own any user",
                    "the value of a denied option for every socket that is made afterwards",
                    new Judge.WhereLimited(
                            WITH_SYSCTL,
                            new Judge.Needs(
                                    List.of(SYSCTL), List.of(Map.of(Variable.WRITE, NOT_ZERO)), "writing a sysctl")),
                    Remedy.policy("sysctl { deny if write; default allow }")),
            Bypass.of(
                    SOCKOPT,
                    "raw-protocol-header",
                    "a raw socket of protocol 255 (IPPROTO_RAW) writes its own headers from the start; it takes CAP_NET_RAW",
                    "what IP_HDRINCL and IPV6_HDRINCL set",
                    new Judge.WhereLimited(
                            List.of(SocketOption.IP_HDRINCL, SocketOption.IPV6_HDRINCL),
                            Judge.socket(
                                    "making a raw socket of protocol 255",
                                    Judge.sockets(Judge.numbers(RAW), Judge.numbers(IPPROTO_RAW)))),
                    Remedy.policy("sockets { deny if type == raw; default allow }")),
            unseen(
                    "disconnect-reset",
                    "a connected TCP socket connects to AF_UNSPEC, and the kernel resets the connection",
                    "what SO_LINGER with a time of 0 does",
                    "connecting to AF_UNSPEC invokes no hook",
                    "deny `tcp.rst` in `packets egress`"),
            unseen(
                            "epoll-parameters",
                            "an ioctl of an epoll descriptor (EPIOCSPARAMS) or of io_uring (IORING_REGISTER_NAPI) makes the"
                                    + " thread poll the device",
                            "what SO_PREFER_BUSY_POLL, SO_BUSY_POLL and SO_BUSY_POLL_BUDGET set",
                            "no hook is invoked for ioctls, nor for io_uring_register",
                            "refuse the ioctl by seccomp, which sees its number, and refuse io_uring")
                    .on("6.9 and newer"),
            unseen(
                    "bound-groups",
                    "a netlink socket binds to an address with groups",
                    "what NETLINK_ADD_MEMBERSHIP sets, for the first 32 groups",
                    "bind of AF_NETLINK invokes no hook",
                    "refuse sockets of AF_NETLINK by seccomp"),
            unseen(
                    "route-metric",
                    "with CAP_NET_ADMIN the process adds a route whose metrics say how connections on it behave (RTAX_HOPLIMIT,"
                            + " RTAX_CC_ALGO, RTAX_ADVMSS, RTAX_MTU, RTAX_RTO_MIN, RTAX_INITCWND, RTAX_QUICKACK)",
                    "what IP_TTL, IPV6_UNICAST_HOPS, TCP_CONGESTION, TCP_MAXSEG, IP_MTU_DISCOVER, TCP_RTO_MIN_US and TCP_QUICKACK"
                            + " set",
                    "the kernel takes them from the route",
                    "take CAP_NET_ADMIN from the workload"),
            unseen(
                    "rewritten-header",
                    "with CAP_NET_ADMIN the process rewrites what its sockets send, by nf_tables, iptables or tc",
                    "what IP_TTL, IP_TOS, IPV6_TCLASS, IPV6_UNICAST_HOPS, TCP_MAXSEG, SO_MARK and SO_PRIORITY set",
                    "netfilter and tc have the packet after the socket",
                    "take CAP_NET_ADMIN from the workload"),
            unseen(
                            "compat-option",
                            "a 32-bit call (int 0x80) sets or reads the option; 64-bit programs can make it too",
                            "every denied option",
                            "in compat mode the kernel leaves the programs out",
                            "refuse calls of other architectures by seccomp (SystemCallArchitectures=native of systemd)")
                    .on("x86-64 with CONFIG_IA32_EMULATION, and others with 32-bit calls"),
            unseen(
                            "peer-pidfd",
                            "getsockopt of SO_PEERPIDFD on an AF_UNIX socket",
                            "a descriptor of the peer's process",
                            "the protocol exempts the option (bpf_bypass_getsockopt)",
                            "refuse the option by seccomp, which sees its number")
                    .on("6.5 and newer"),
            unseen(
                            "sctp-option",
                            "getsockopt of SCTP_SOCKOPT_CONNECTX3, SCTP_SOCKOPT_PEELOFF or SCTP_SOCKOPT_PEELOFF_FLAGS",
                            "an association that is made by reading an option, or a descriptor of one",
                            "the protocol exempts the options (bpf_bypass_getsockopt)",
                            "deny SCTP sockets: `sockets { deny if proto == sctp; default allow }`")
                    .on("with the module sctp"),
            unseen(
                    "control-message",
                    "a control message of sendmsg sets the TTL, the class, header options, the source address and device, the length"
                            + " of segments or the time stamps of one datagram",
                    "what IP_TTL, IP_TOS, IP_OPTIONS, UDP_SEGMENT, SO_TIMESTAMPING, IPV6_TCLASS, IPV6_UNICAST_HOPS, IPV6_DONTFRAG,"
                            + " IPV6_HOPOPTS and IPV6_DSTOPTS set",
                    "no hook is invoked for control messages",
                    "limit what they put into packets by `local.ip`, `ifindex`, `len` and `source_routed` in `packets egress`; overwrite"
                            + " TTL and class in the host's firewall"),
            unseen(
                    "send-flag",
                    "a flag of send does what an option does: MSG_MORE, MSG_FASTOPEN, MSG_DONTROUTE, and MSG_ZEROCOPY by io_uring",
                    "what UDP_CORK, TCP_CORK, TCP_FASTOPEN_CONNECT, SO_DONTROUTE and SO_ZEROCOPY set",
                    "no hook is invoked for the flags of a send",
                    "refuse the flags by seccomp, which sees those of sendto, sendmsg and sendmmsg, and refuse io_uring"),
            unseen(
                    "address-zone",
                    "an IPv6 socket connects to a link-local or multicast address with a zone, as ff02::1%eth0; the socket is bound to"
                            + " that device from then on, even if the call fails",
                    "what SO_BINDTODEVICE and SO_BINDTOIFINDEX set",
                    "the zone of an address is shown to no hook",
                    "limit the devices by `ifindex` in `packets egress`"),
            unseen(
                    "socket-diag",
                    "a netlink socket (NETLINK_SOCK_DIAG) or a file as /proc/net/tcp shows what the kernel knows about every socket of"
                            + " the network namespace",
                    "what TCP_INFO, SO_MEMINFO, TCP_CONGESTION, SO_COOKIE, SO_BINDTOIFINDEX and IP_TOS show",
                    "no getsockopt call is made",
                    "refuse sockets of AF_NETLINK by seccomp, and mount no /proc/net"),
            unseen(
                    "reading-call",
                    "another call shows what getsockopt shows: getpeername, and the ioctls SIOCGSTAMP, SIOCINQ and SIOCOUTQ",
                    "what SO_PEERNAME, SO_TIMESTAMP, TCP_INQ and SO_MEMINFO show",
                    "no hook is invoked for the ioctls of sockets, and none that denies for getpeername",
                    "refuse the calls by seccomp; a denial of getsockopt keeps no secret anyway"),
            unseen(
                    "denied-answer",
                    "getsockopt is denied, and the caller looks into its buffer",
                    "the value of a denied option",
                    "the getsockopt hook runs after the kernel has answered",
                    "refuse getsockopt by seccomp; the denial does not keep a secret"),
            unseen(
                    "inherited-option",
                    "accept gives a socket the options that its listener had before the policy",
                    "a denied option that was set before",
                    "accept invokes no hook",
                    "apply the policy before the workload starts; `ringwall run` does"),
            unseen(
                    "bpf-option",
                    "another program on the cgroup calls bpf_setsockopt",
                    "a denied option",
                    "the helper invokes no hook",
                    "take CAP_BPF and CAP_NET_ADMIN from the workload"));

    private SockoptBypasses() {}

    private static Bypass judged(String id, String what, String lets, Judge judge) {
        return Bypass.of(SOCKOPT, id, what, lets, judge, CONSTRUCTION);
    }

    private static Bypass unseen(String id, String what, String lets, String reason, String advice) {
        return Bypass.of(SOCKOPT, id, what, lets, new Judge.Unseen(reason), Remedy.host(advice));
    }
}
