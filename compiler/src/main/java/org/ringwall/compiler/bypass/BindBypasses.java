// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import static org.ringwall.bpf.kernel.Hook.BIND4;
import static org.ringwall.bpf.kernel.Hook.BIND6;
import static org.ringwall.compiler.bypass.Judge.invokes;
import static org.ringwall.compiler.bypass.Judge.numbers;
import static org.ringwall.compiler.bypass.Remedy.CONSTRUCTION;

import java.util.List;
import java.util.Map;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.value.IntervalSet;

/** The bypasses of `bind`: a socket gets a local address although the block denies it. */
final class BindBypasses {
    private static final List<Intent> BIND = List.of(Intent.BIND);

    private static final IntervalSet NONE = IntervalSet.of(0);
    private static final IntervalSet SOME = IntervalSet.range(1, -1L);
    private static final IntervalSet EVERY = IntervalSet.range(0, -1L);
    private static final Judge.Reach ANY4 = new Judge.Reach(BIND4, Map.of(Variable.IP4, NONE));
    private static final Judge.Reach ANY6 =
            new Judge.Reach(BIND6, Map.of(Variable.IP6_HIGH, NONE, Variable.IP6_LOW, NONE));
    private static final Judge.Reach SOME4 =
            new Judge.Reach(BIND4, Map.of(Variable.IP4, IntervalSet.range(1, Variable.IP4.max())));
    private static final Judge.Reach SOME6_HIGH =
            new Judge.Reach(BIND6, Map.of(Variable.IP6_HIGH, SOME, Variable.IP6_LOW, EVERY));
    private static final Judge.Reach SOME6_LOW =
            new Judge.Reach(BIND6, Map.of(Variable.IP6_HIGH, NONE, Variable.IP6_LOW, SOME));

    static final List<Bypass> BYPASSES = List.of(
            judged(
                    "mapped-bind",
                    "an IPv6 socket binds to ::ffff:a.b.c.d",
                    "a denied v4 address and port",
                    invokes(BIND6)),
            judged(
                    "unspec-bind",
                    "a socket binds to 0.0.0.0 with the family AF_UNSPEC",
                    "a denied port",
                    invokes(BIND4)),
            judged(
                    "transparent-bind",
                    "IP_TRANSPARENT or IP_FREEBIND lets a socket bind to an address that the host does not have",
                    "a denied address",
                    invokes(BIND4, BIND6)),
            judged(
                    "reuseport-bind",
                    "SO_REUSEPORT lets a socket join a port that another listens on",
                    "a share of a denied port's connections",
                    invokes(BIND4, BIND6)),
            judged(
                            "uring-bind",
                            "io_uring binds without a bind call",
                            "a denied address and port",
                            invokes(BIND4, BIND6))
                    .on("6.11 and newer"),
            judged(
                    "kernel-bind",
                    "the kernel takes a port for the process, as the UDP port of a vxlan device, with CAP_NET_ADMIN",
                    "traffic of the device at a denied port",
                    invokes(BIND4, BIND6)),
            Bypass.of(
                    BIND,
                    "dual-stack-bind",
                    "an IPv6 socket binds to ::, and takes v4 traffic too",
                    "v4 connections to a port that may not be taken on 0.0.0.0",
                    new Judge.Twin(
                            new Judge.Twin.Part(
                                    BIND6, Map.of(Variable.IP6_HIGH, 0L, Variable.IP6_LOW, 0L), "bind to [::]"),
                            new Judge.Twin.Part(BIND4, Map.of(Variable.IP4, 0L), "bind to 0.0.0.0")),
                    Remedy.policy("bind { deny if local.ip == ::; default allow }")),
            Bypass.of(
                    BIND,
                    "wildcard-bind",
                    "a socket binds to 0.0.0.0 or ::, which means every local address",
                    "conversations at a denied local address",
                    new Judge.Many(
                            List.of(
                                    new Judge.Group(ANY4, List.of(SOME4)),
                                    new Judge.Group(ANY6, List.of(SOME4, SOME6_HIGH, SOME6_LOW))),
                            "bind to 0.0.0.0 or [::]",
                            "a single address"),
                    Remedy.policy("bind { deny if local.ip in { 0.0.0.0, :: }; default allow }")),
            Bypass.of(
                    BIND,
                    "port-zero",
                    "a socket binds to port 0, and the kernel chooses a port that no rule judges; the process can narrow the choice"
                            + " to one port (IP_LOCAL_PORT_RANGE, 6.3 and newer)",
                    "a denied port, if it is in net.ipv4.ip_local_port_range",
                    new Judge.Needs(
                            List.of(BIND4, BIND6),
                            List.of(Map.of(Variable.PORT, numbers(0), Variable.PROTOCOL, numbers(6, 17, 136, 262))),
                            "port 0"),
                    Remedy.policy("bind { deny if local.port == 0; default allow }")),
            Bypass.of(
                    BIND,
                    "raw-bind",
                    "a raw socket binds",
                    "a denied local address",
                    EgressBypasses.Kinds.RAW,
                    Remedy.policy("sockets { deny if type == raw; default allow }")),
            Bypass.of(
                    BIND,
                    "ping-bind",
                    "a ping socket binds",
                    "a denied local address; its port is an ICMP identifier",
                    EgressBypasses.Kinds.PING,
                    Remedy.policy("sockets { deny if type == dgram and proto in { icmp, icmpv6 }; default allow }")),
            Bypass.of(
                    BIND,
                    "connect-unbound",
                    "a socket connects without bind, and the kernel chooses address and port, which IP_LOCAL_PORT_RANGE (6.3"
                            + " and newer) can narrow to one port",
                    "connections from a denied address, or from a denied port of net.ipv4.ip_local_port_range",
                    new Judge.OrSource(
                            Judge.socket("a TCP socket", Judge.sockets(numbers(1), numbers(6, 262))), numbers(6), true),
                    Remedy.host("deny the same by `local.ip` and `local.port` in `packets egress`")),
            Bypass.of(
                    BIND,
                    "chosen-source",
                    "a datagram names its source address, by a control message (IP_PKTINFO, IPV6_PKTINFO) or an option"
                            + " (IPV6_PKTINFO, IP_MULTICAST_IF)",
                    "datagrams from a denied local address",
                    new Judge.OrSource(
                            Judge.socket("a datagram socket", Judge.sockets(numbers(2), numbers(1, 17, 58, 136))),
                            numbers(1, 17, 58, 136),
                            true),
                    Remedy.host(
                            "deny the same by `local.ip` in `packets egress`; `on sendmsg4` and `on sendmsg6` see the source"
                                    + " only where the datagram names a destination")),
            Bypass.of(
                    BIND,
                    "raw-source",
                    "a raw socket writes source address and port into the IP header (IP_HDRINCL)",
                    "packets from a denied address and port, with CAP_NET_RAW",
                    new Judge.OrSource(
                            Judge.socket("a raw socket", Judge.sockets(numbers(3), EgressBypasses.Kinds.ANY)),
                            EgressBypasses.Kinds.ANY_PACKET,
                            false),
                    Remedy.policy("sockets { deny if type == raw; default allow }")),
            Bypass.of(
                            BIND,
                            "lookup-program",
                            "a BPF program of type sk_lookup gives connections to any port to a socket that listens on another",
                            "connections to a denied port, with CAP_BPF and CAP_NET_ADMIN",
                            new Judge.Unseen("no hook of bind runs when a connection is given to a socket"),
                            Remedy.host("take CAP_BPF and CAP_NET_ADMIN from the workload"))
                    .on("5.9 and newer"),
            Bypass.of(
                    BIND,
                    "listen-unbound",
                    "a socket listens without bind, and the kernel chooses a port, which IP_LOCAL_PORT_RANGE can narrow to one",
                    "connections to a denied port, if it is in net.ipv4.ip_local_port_range",
                    Judge.socket("a TCP socket", Judge.sockets(numbers(1), numbers(6, 262))),
                    Remedy.host("refuse listen(2) by seccomp, or filter what comes in")),
            Bypass.of(
                    BIND,
                    "send-unbound",
                    "a datagram socket sends or connects without bind, and the kernel chooses address and port, which"
                            + " IP_LOCAL_PORT_RANGE can narrow to one port",
                    "datagrams to and from a denied address, or a denied port of net.ipv4.ip_local_port_range",
                    Judge.socket("a UDP socket", Judge.sockets(numbers(2), numbers(17, 136))),
                    Remedy.host("filter what comes in, in the host's firewall")));

    private BindBypasses() {}

    private static Bypass judged(String id, String what, String lets, Judge judge) {
        return Bypass.of(BIND, id, what, lets, judge, CONSTRUCTION);
    }
}
