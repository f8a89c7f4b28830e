// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import static org.ringwall.bpf.kernel.Hook.SKB_EGRESS;
import static org.ringwall.compiler.bypass.Judge.numbers;
import static org.ringwall.compiler.bypass.Remedy.CONSTRUCTION;

import java.util.List;
import java.util.Map;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.value.IntervalSet;

/**
 * The bypasses of `packets` blocks: a packet enters or leaves the cgroup although a block denies
 * it.
 */
final class PacketBypasses {
    private static final List<Intent> IN = List.of(Intent.PACKETS_INGRESS);
    private static final List<Intent> OUT = List.of(Intent.PACKETS_EGRESS);
    private static final List<Intent> BOTH = List.of(Intent.PACKETS_INGRESS, Intent.PACKETS_EGRESS);

    private static final List<Intent> OUTGOING = List.of(Intent.EGRESS, Intent.PACKETS_EGRESS);

    static final List<Bypass> BYPASSES = List.of(
            judged(
                    BOTH,
                    "earlier-connection",
                    "a socket that was connected before the policy goes on sending and receiving",
                    "packets of a conversation that was there before"),
            judged(
                    BOTH,
                    "answered-connection",
                    "the process listens, and the kernel answers any host that connects",
                    "connections that a denied address began"),
            judged(
                    BOTH,
                    "ping-packet",
                    "a ping socket sends an echo request and takes the reply",
                    "ICMP of a denied address; local copies are `other-copy`"),
            judged(
                    BOTH,
                    "raw-packet",
                    "a raw socket sends and receives",
                    "packets of any protocol of a denied address; local copies are `raw-copy`"),
            judged(
                    OUT,
                    "header-packet",
                    "a raw socket writes the IP header itself (IP_HDRINCL), with a denied destination",
                    "packets of any protocol to a denied address; local copies are `raw-copy`"),
            judged(
                            OUT,
                            "uring-packet",
                            "io_uring sends a datagram without a sendmsg call",
                            "datagrams to a denied address")
                    .on("5.3 and newer"),
            Bypass.of(
                    OUT,
                    "later-fragment",
                    "a raw socket sends fragments with an offset, which have no ports",
                    "fragments where a whole packet is denied by its port",
                    new Judge.Twin(
                            packets("send a later fragment", 1, 1), packets("send the same in a whole packet", 0, 0)),
                    Remedy.policy("packets egress { deny if fragment; default allow }")),
            Bypass.of(
                    OUT,
                    "last-hop",
                    "a source route or a routing header sends packets to a denied address by way of an allowed one",
                    "packets that the allowed address sends on",
                    new Judge.SourceRouted(),
                    Remedy.policy(EgressBypasses.NO_SOURCE_ROUTE)),
            unseen(
                    OUT,
                    "tunnel",
                    "a packet goes out inside another: IP in IP, UDP, ESP or whatever the other end unpacks",
                    "packets that the end of an allowed tunnel sends on",
                    "nothing behind the outer header's protocol is read",
                    "allow no address that forwards what it unpacks; allow no protocols but those needed"),
            unseen(
                    BOTH,
                    "kernel-answer",
                    "the kernel answers by itself, as a reset from a port without a listener",
                    "resets, echo replies and ICMP errors in answer to what came in",
                    "no socket of the cgroup sends or takes these packets",
                    "filter what comes in, in the host's firewall"),
            unseen(
                    IN,
                    "icmp-error",
                    "an ICMP error makes the next call on a socket fail, or is read from the error queue with the packet"
                            + " that it quotes (IP_RECVERR)",
                    "the error, a smaller path MTU, and the bytes of a packet that any sender can forge",
                    "skb_ingress does not run for ICMP errors, which enter no receive queue",
                    "filter ICMP in the host's firewall"),
            unseen(
                    IN,
                    "router-advertisement",
                    "an AF_NETLINK socket without privileges joins RTNLGRP_ND_USEROPT, and reads the options of router"
                            + " advertisements",
                    "chosen bytes of any machine on the network that sends such an advertisement",
                    "the packet is for the kernel, and is put into no queue of an IP socket",
                    "filter router advertisements (ICMPv6 type 134) in the host's firewall, or set"
                            + " net.ipv6.conf.*.accept_ra to 0"),
            unseen(
                    BOTH,
                    "forwarded",
                    "the host forwards a packet, as from another network namespace or a TUN device",
                    "packets of any protocol, to and from any address",
                    "no socket of the cgroup sends or takes what is forwarded",
                    "filter what is forwarded, in the host's firewall"),
            Bypass.of(
                    OUTGOING,
                    "forged-source",
                    "a packet to the host itself, or to another allowed address, has a denied address as its source"
                            + " (IPV6_FREEBIND, without privileges; IP_TRANSPARENT and IP_HDRINCL, with CAP_NET_RAW), and"
                            + " the kernel answers it",
                    "chosen bytes to a denied address, in an ICMP error, an echo reply, a SYN-ACK or a reset",
                    new Judge.ForgedSource(),
                    Remedy.host("in `packets egress` deny as `local.ip` what is denied as `remote.ip`, or all but the"
                            + " workload's own addresses")),
            Bypass.of(
                    OUTGOING,
                    "header-hop",
                    "a raw socket writes a header with an allowed destination (IP_HDRINCL), and names another address"
                            + " to sendto, to which the packet is routed",
                    "packets to a denied machine of the same network that takes them",
                    Judge.socket("a raw socket", Judge.sockets(numbers(3), IntervalSet.range(0, 0xffff_ffffL))),
                    Remedy.policy(EgressBypasses.NO_RAW)),
            unseen(
                    OUTGOING,
                    "group-report",
                    "a socket joins multicast groups, or limits their sources (IP_ADD_MEMBERSHIP,"
                            + " MCAST_JOIN_SOURCE_GROUP), and the kernel reports it by IGMP or MLD",
                    "the chosen groups and sources, to every router and receiver of reports on the network",
                    "no socket of the cgroup sends these packets",
                    "deny the options in `sockopt`, and 32-bit calls by seccomp; or drop IGMP and MLD in the host's"
                            + " firewall"),
            unseen(
                    OUTGOING,
                    "rewritten-destination",
                    "with CAP_NET_ADMIN the process rewrites, copies or redirects what it sends: by nf_tables,"
                            + " iptables or tc, or with CAP_BPF by a program at tc",
                    "packets to a denied address, which were judged with an allowed one",
                    "the packet is rewritten after the hook",
                    "take CAP_NET_ADMIN from the workload"),
            unseen(
                    IN,
                    "rewritten-source",
                    "with CAP_NET_ADMIN the process rewrites what comes in: by nf_tables, iptables or tc, or with"
                            + " CAP_BPF by a program at XDP or tc",
                    "packets of a denied address, which are judged with an allowed one",
                    "the packet is rewritten before the hook",
                    "take CAP_NET_ADMIN from the workload"),
            unseen(
                    IN,
                    "tunnel-source",
                    "with CAP_NET_ADMIN the process makes a tunnel device (vxlan, geneve, gre, ipip, wireguard) or an"
                            + " IPsec state, which unpacks what a denied address sends",
                    "packets of a denied address, with an allowed source inside",
                    "the kernel takes the outer packet, and no socket of the cgroup does",
                    "take CAP_NET_ADMIN from the workload; drop what its tunnels receive, in the host's firewall"));

    private PacketBypasses() {}

    private static Bypass judged(List<Intent> around, String id, String what, String lets) {
        return Bypass.of(around, id, what, lets, new Judge.InvokesAllHooks(), CONSTRUCTION);
    }

    private static Bypass unseen(
            List<Intent> around, String id, String what, String lets, String reason, String advice) {
        return Bypass.of(around, id, what, lets, new Judge.Unseen(reason), Remedy.host(advice));
    }

    private static Judge.Twin.Part packets(String text, long fragment, long transport) {
        return new Judge.Twin.Part(
                SKB_EGRESS, Map.of(Variable.PACKET_FRAGMENT, fragment, Variable.PACKET_TRANSPORT, transport), text);
    }
}
