// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import static org.ringwall.bpf.kernel.Hook.CONNECT4;
import static org.ringwall.bpf.kernel.Hook.CONNECT6;
import static org.ringwall.bpf.kernel.Hook.DEVICE;
import static org.ringwall.bpf.kernel.Hook.SENDMSG4;
import static org.ringwall.bpf.kernel.Hook.SENDMSG6;
import static org.ringwall.compiler.bypass.Judge.invokes;
import static org.ringwall.compiler.bypass.Judge.numbers;
import static org.ringwall.compiler.bypass.Remedy.CONSTRUCTION;

import java.util.List;
import java.util.Map;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/** The bypasses of `egress`: a process reaches an address that the block denies. */
final class EgressBypasses {
    private static final List<Intent> EGRESS = List.of(Intent.EGRESS);

    static final String NO_RAW = "sockets { deny if type == raw; default allow }";
    private static final String NO_PING =
            "sockets { deny if type == dgram and proto in { icmp, icmpv6 }; default allow }";
    private static final String NO_UDPLITE = "sockets { deny if proto == udplite; default allow }";
    static final String TCP_AND_UDP = "sockets { deny if type == raw; allow if proto in { tcp, udp }; default deny }";
    static final String NO_SOURCE_ROUTE = "packets egress { deny if source_routed; default allow }";
    private static final String NO_TUN = "devices { deny if dev in { char 10:200 }; default allow }";

    /** The bypasses at which an address hook runs, so that the block closes them by itself. */
    static final List<Bypass> JUDGED = List.of(
            judged(
                    "mapped-connect",
                    "an IPv6 socket connects to ::ffff:a.b.c.d",
                    "connections to a denied v4 address",
                    invokes(CONNECT6)),
            judged(
                    "mapped-datagram",
                    "an IPv6 socket sends to ::ffff:a.b.c.d without connect",
                    "datagrams to a denied v4 address",
                    invokes(SENDMSG4)),
            judged(
                    "v4-address-connect",
                    "an IPv6 socket connects to an address of family AF_INET",
                    "connected datagrams to a denied v4 address",
                    invokes(CONNECT4)),
            judged(
                    "v4-address-datagram",
                    "an IPv6 socket sends to an address of family AF_INET without connect",
                    "datagrams to a denied v4 address",
                    invokes(SENDMSG4)),
            judged(
                    "unspec-datagram",
                    "a datagram is sent to an address of family AF_UNSPEC",
                    "datagrams to a denied v4 address",
                    invokes(SENDMSG4)),
            judged(
                    "loose-datagram",
                    "a datagram is sent without connect",
                    "datagrams to a denied address",
                    invokes(SENDMSG4, SENDMSG6)),
            judged(
                    "many-datagrams",
                    "one sendmmsg call sends several datagrams, the denied address among them",
                    "datagrams to a denied address",
                    invokes(SENDMSG4, SENDMSG6)),
            judged(
                    "connected-datagram",
                    "a datagram socket connects, then sends without an address, from one thread",
                    "datagrams to a denied address",
                    invokes(CONNECT4, CONNECT6)),
            judged(
                    "sendto-elsewhere",
                    "a datagram socket connects to an allowed address, then sends to another",
                    "datagrams to a denied address",
                    invokes(SENDMSG4, SENDMSG6)),
            judged(
                    "reconnect",
                    "a socket connects to AF_UNSPEC, which undoes its connection, then connects anew",
                    "connections to a denied address",
                    invokes(CONNECT4, CONNECT6)),
            judged(
                    "fastopen-send",
                    "sendto with MSG_FASTOPEN connects and sends in one call",
                    "connections to a denied address",
                    invokes(CONNECT4, CONNECT6)),
            judged(
                    "fastopen-connect",
                    "TCP_FASTOPEN_CONNECT puts the connection off until the first write",
                    "connections to a denied address",
                    invokes(CONNECT4, CONNECT6)),
            judged(
                            "mptcp-connect",
                            "an MPTCP socket connects; its protocol is 262, not 6",
                            "connections to a denied address",
                            invokes(CONNECT4, CONNECT6))
                    .on("5.6 and newer"),
            judged(
                    "any-v4",
                    "connect or sendto to 0.0.0.0, for which the kernel puts the socket's own source address, or 127.0.0.1;"
                            + " it is judged as 127.0.0.1 and becomes it",
                    "everything to a denied address of the host",
                    invokes(CONNECT4, SENDMSG4)),
            judged(
                    "any-v6",
                    "connect or sendto to ::, for which the kernel puts ::1 after the hook has run",
                    "everything to a denied loopback address",
                    invokes(CONNECT6, SENDMSG6)),
            judged(
                    "any-mapped",
                    "connect or sendto to ::ffff:0.0.0.0, for which the kernel puts the same as for 0.0.0.0",
                    "everything to a denied address of the host",
                    invokes(CONNECT6, SENDMSG4)),
            judged(
                    "any-from-mapped",
                    "a socket bound to a v4-mapped address connects to ::, for which the kernel puts 127.0.0.1",
                    "everything to a denied v4 loopback address",
                    invokes(CONNECT6)),
            judged(
                    "bound-device",
                    "SO_BINDTODEVICE, SO_MARK and IP_TRANSPARENT choose another route or sender",
                    "another route to an address; the address itself is judged as usual",
                    invokes(CONNECT4, CONNECT6, SENDMSG4, SENDMSG6)),
            judged(
                            "uring-connect",
                            "io_uring connects without a connect call",
                            "connections to a denied address",
                            invokes(CONNECT4, CONNECT6))
                    .on("5.5 and newer"),
            judged(
                            "uring-datagram",
                            "io_uring sends a datagram without a sendmsg call",
                            "datagrams to a denied address",
                            invokes(SENDMSG4, SENDMSG6))
                    .on("5.3 and newer"),
            judged(
                            "smc-connect",
                            "an AF_SMC socket connects, and falls back to TCP",
                            "connections to a denied address",
                            invokes(CONNECT4, CONNECT6))
                    .on("with the module smc"));

    /** The bypasses at which no address hook runs. */
    static final List<Bypass> UNJUDGED = List.of(
            of("raw-send", "a raw socket sends", "packets of its protocol to a denied address", Kinds.RAW, NO_RAW),
            of(
                    "raw-header",
                    "a raw socket of IPPROTO_RAW writes the IP header itself (IP_HDRINCL)",
                    "packets of any protocol, TCP and UDP among them, to a denied address",
                    Kinds.RAW,
                    NO_RAW),
            of(
                    "raw-connect",
                    "a raw socket connects, then sends",
                    "packets of its protocol to a denied address",
                    Kinds.RAW,
                    NO_RAW),
            of(
                    "ping-send",
                    "a ping socket sends without connect; before kernel 6.1 its connect invokes no hook either",
                    "ICMP echo requests, with any content, to a denied address",
                    Kinds.PING,
                    NO_PING),
            of(
                    "udplite-connect",
                    "a UDP-Lite socket connects, then sends without an address",
                    "datagrams to a denied address",
                    Kinds.UDPLITE,
                    NO_UDPLITE),
            of(
                            "other-protocols",
                            "an SCTP or DCCP socket connects or binds, or one of L2TP over IP sends",
                            "associations and datagrams with a denied address",
                            Kinds.OTHERS,
                            TCP_AND_UDP)
                    .on("with the module of the protocol"),
            of(
                    "tun-device",
                    "a TUN device is opened and packets are written to it as if they had arrived",
                    "packets of any protocol to the host itself, and beyond it where it forwards",
                    new Judge.Needs(
                            List.of(DEVICE),
                            List.of(Map.of(
                                    Variable.DEV_TYPE,
                                    numbers(2),
                                    Variable.MAJOR,
                                    numbers(10),
                                    Variable.MINOR,
                                    numbers(200),
                                    Variable.ACCESS,
                                    numbers(4, 6))),
                            "writing /dev/net/tun"),
                    NO_TUN),
            of(
                    "torn-destination",
                    "two threads share a connected UDP socket: one connects it from one allowed destination to another and"
                            + " back, and the other sends; a datagram takes the address, or half of an IPv6 address, from one"
                            + " and the port from the other",
                    "datagrams to a combination of address and port that no rule allows",
                    new TornDestination(),
                    "sockets { deny if type == dgram and proto == udp; default allow }"),
            Bypass.of(
                    EGRESS,
                    "loopback-device",
                    "a socket that is bound to a device, or a datagram with one (IP_PKTINFO, IP_UNICAST_IF), goes to an"
                            + " allowed address of 127.0.0.0/8, and leaves by the device",
                    "packets to any machine on that network that takes them",
                    new Judge.Unseen("the hooks do not see the device"),
                    Remedy.host(
                            "`deny if remote.ip in { 127.0.0.0/8 } and ifindex != 1` in `packets egress`, or drop what"
                                    + " leaves the host for 127.0.0.0/8 in its firewall")),
            Bypass.of(
                    EGRESS,
                    "source-route",
                    "an IPv4 source route option or an IPv6 routing header sends packets to its first hop, by setsockopt"
                            + " or for one datagram",
                    "packets to a denied address, in the name of an allowed one",
                    new Judge.OrPackets(new Judge.SourceRouted(), Kinds.ANY_PACKET, false),
                    Remedy.policy(NO_SOURCE_ROUTE)),
            Bypass.of(
                    EGRESS,
                    "accepted",
                    "the process listens, and answers any process that connects",
                    "whatever is written to a connection that a denied address began",
                    new Judge.OrPackets(
                            new Judge.Unseen("accept invokes no hook, and egress is about starting to talk"),
                            Kinds.ANY_PACKET,
                            false),
                    Remedy.host("deny the same in `packets egress`, or filter what comes in, in the host's firewall")));

    private EgressBypasses() {}

    /**
     * Returns a judge for a bypass that no address hook sees, but whose packets can be refused.
     */
    static Judge byPackets(String reason) {
        return new Judge.OrPackets(new Judge.Unseen(reason), Kinds.ANY_PACKET, true);
    }

    private static Bypass judged(String id, String what, String lets, Judge judge) {
        return Bypass.of(EGRESS, id, what, lets, judge, CONSTRUCTION);
    }

    private static Bypass of(String id, String what, String lets, Judge judge, String words) {
        List<Intent> around = judge == Kinds.OTHERS ? List.of(Intent.EGRESS, Intent.BIND) : EGRESS;
        return Bypass.of(around, id, what, lets, judge, Remedy.policy(words));
    }

    /** The kinds of sockets that do not pass the address hooks (docs/semantics.md section 6). */
    static final class Kinds {
        static final IntervalSet ANY = IntervalSet.range(0, 0xffff_ffffL);
        private static final IntervalSet OTHER = ANY.minus(numbers(1, 6, 17, 58, 136, 262));

        /** Every protocol of a packet, and the value for packets whose protocol cannot be read. */
        static final IntervalSet ANY_PACKET = IntervalSet.range(0, Variable.UNKNOWN_PROTOCOL);

        /** Making a raw socket of any protocol. */
        static final Judge RAW_SOCKETS = Judge.socket("a raw socket", Judge.sockets(numbers(3), ANY));

        /** Raw sockets of any protocol. */
        static final Judge RAW = new Judge.OrPackets(RAW_SOCKETS, ANY_PACKET, true);

        /** Ping sockets: datagram sockets of ICMP and ICMPv6. */
        static final Judge PING = new Judge.OrPackets(
                Judge.socket("a ping socket", Judge.sockets(numbers(2), numbers(1, 58))), numbers(1, 58), true);

        /** UDP-Lite: connect invokes no program, because udplite_prot has no pre_connect. */
        static final Judge UDPLITE = new Judge.OrPackets(
                Judge.socket("a UDP-Lite socket", Judge.sockets(numbers(2), numbers(136))), numbers(136), true);

        /**
         * Stream, datagram, seqpacket and DCCP sockets of all protocols that no address hook sees
         * and that have no judge of their own here.
         */
        static final Judge OTHERS = new Judge.OrPackets(
                Judge.socket(
                        "a socket of another protocol",
                        Judge.sockets(IntervalSet.of(Interval.of(1, 2), Interval.of(4, 6)), OTHER)),
                OTHER,
                true);

        /** Making a socket that can send datagrams of IPv4 to a group past the address hooks. */
        static final Judge OTHER_SOCKETS = Judge.socket(
                "a socket of a protocol other than TCP and UDP",
                Judge.sockets(
                        IntervalSet.of(Interval.of(1, 2), Interval.of(4, 6)), ANY.minus(numbers(6, 17, 58, 262))));

        private Kinds() {}
    }
}
