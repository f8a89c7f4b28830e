// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import static org.ringwall.bpf.kernel.Hook.CONNECT4;
import static org.ringwall.bpf.kernel.Hook.CONNECT6;
import static org.ringwall.bpf.kernel.Hook.SENDMSG4;
import static org.ringwall.bpf.kernel.Hook.SENDMSG6;
import static org.ringwall.bpf.kernel.Hook.SKB_EGRESS;
import static org.ringwall.compiler.bypass.Judge.numbers;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.value.IntervalSet;

/**
 * The bypasses by destinations that reach many hosts. The hooks see the address of the group, not
 * the addresses of its members.
 */
final class GroupBypasses {
    private static final long LIMITED_BROADCAST = 0xffff_ffffL;
    private static final long FIRST_GROUP = 0xe000_0000L;
    private static final long LAST_GROUP = 0xefff_ffffL;
    private static final long FIRST_GROUP6 = 0xff00_0000_0000_0000L;

    /**
     * UDP and UDP-Lite: the only protocols that reach groups from a socket that an address hook
     * sees.
     */
    private static final IntervalSet DATAGRAMS = numbers(17, 136);

    private static final IntervalSet BROADCAST = IntervalSet.of(LIMITED_BROADCAST);
    private static final IntervalSet GROUPS = IntervalSet.range(FIRST_GROUP, LAST_GROUP);
    private static final IntervalSet HOSTS = IntervalSet.range(1, FIRST_GROUP - 1);
    private static final IntervalSet GROUPS6 = IntervalSet.range(FIRST_GROUP6, -1L);
    private static final IntervalSet HOSTS6 = IntervalSet.range(0, FIRST_GROUP6 - 1);

    private static final IntervalSet EVERY = IntervalSet.range(0, -1L);

    private static final String BROADCASTS = "a datagram is sent to 255.255.255.255 (SO_BROADCAST)";
    private static final String NETWORK_BROADCASTS =
            "a datagram is sent to the broadcast address of a network of the host (SO_BROADCAST)";
    private static final String MULTICASTS = "a datagram is sent to a multicast group";
    private static final String RECEIVERS = "datagrams to every receiver that can hear them, at a denied address too";

    static final List<Bypass> BYPASSES = List.of(
            bypass(
                    Intent.EGRESS,
                    "broadcast-datagram",
                    BROADCASTS,
                    Stream.of(CONNECT4, SENDMSG4)
                            .map(hook -> four(hook, BROADCAST))
                            .toList(),
                    "egress { deny if remote.ip == 255.255.255.255; default allow }"),
            bypass(
                    Intent.EGRESS,
                    "multicast-datagram",
                    MULTICASTS,
                    List.of(four(CONNECT4, GROUPS), four(SENDMSG4, GROUPS), six(CONNECT6), six(SENDMSG6)),
                    "egress { deny if remote.ip in { 224.0.0.0/4, ff00::/8 }; default allow }"),
            packets(
                    "broadcast-packet",
                    BROADCASTS,
                    copied(many(List.of(packets4(BROADCAST))), BROADCAST),
                    "deny if remote.ip == 255.255.255.255; default allow"),
            packets(
                    "multicast-packet",
                    MULTICASTS,
                    copied(many(List.of(packets4(GROUPS), packets6())), GROUPS),
                    "deny if remote.ip in { 224.0.0.0/4, ff00::/8 }; default allow"),
            networks(
                    Intent.EGRESS,
                    "network-broadcast",
                    some(List.of(four(CONNECT4, HOSTS), four(SENDMSG4, HOSTS))),
                    "deny the broadcast addresses that `ip -4 address` shows on the host"),
            networks(
                    Intent.PACKETS_EGRESS,
                    "network-broadcast-packet",
                    copied(some(List.of(packets4(HOSTS))), HOSTS.intersect(LocalCopies.ANY)),
                    "deny the broadcast addresses that `ip -4 address` shows on the host, in `egress` too"),
            copies("raw-copy", "a raw socket", EgressBypasses.Kinds.RAW_SOCKETS, Remedy.policy(EgressBypasses.NO_RAW)),
            copies(
                    "other-copy",
                    "a ping or UDP-Lite socket, or one of L2TP over IP,",
                    EgressBypasses.Kinds.OTHER_SOCKETS,
                    Remedy.policy(EgressBypasses.TCP_AND_UDP)),
            copies(
                    "earlier-copy",
                    "a datagram socket that was connected before the policy",
                    new Judge.Unseen("a connected socket invokes no address hook"),
                    Remedy.host("apply the policy before the workload starts; `ringwall run` does")));

    private GroupBypasses() {}

    private static Bypass bypass(Intent around, String id, String what, List<Judge.Group> groups, String closing) {
        return Bypass.of(List.of(around), id, what, RECEIVERS, many(groups), Remedy.policy(closing));
    }

    /**
     * Returns a bypass of `packets egress` that these rules close in that block, against the
     * packets, and in `egress`, against their local copies.
     */
    private static Bypass packets(String id, String what, Judge judge, String rules) {
        return Bypass.of(
                List.of(Intent.PACKETS_EGRESS),
                id,
                what,
                RECEIVERS,
                judge,
                Remedy.policy("packets egress { " + rules + " } egress { " + rules + " }"));
    }

    /** Returns the bypass of `packets egress` by local copies of what these sockets send. */
    private static Bypass copies(String id, String who, Judge sockets, Remedy remedy) {
        return Bypass.of(
                List.of(Intent.PACKETS_EGRESS),
                id,
                who + " sends to an IPv4 multicast or broadcast address; the hook runs after the kernel has copied the"
                        + " packet for receivers in the same network namespace",
                "packets of a denied address to these receivers; the call fails with EPERM, and nothing else gets the packet",
                new LocalCopies.Judged(
                        new LocalCopies.Originals(), sockets, EgressBypasses.Kinds.ANY_PACKET, LocalCopies.ANY),
                remedy);
    }

    private static Judge copied(Judge packets, IntervalSet destinations) {
        IntervalSet udp = numbers(17);
        return new LocalCopies.Judged(
                packets, Judge.socket("a UDP socket", Judge.sockets(numbers(2), udp)), udp, destinations);
    }

    private static Judge many(List<Judge.Group> groups) {
        return new Judge.Many(groups, "send to many hosts at once", "a single address");
    }

    private static Judge some(List<Judge.Group> groups) {
        return new Judge.Many(groups, "send datagrams", "some address");
    }

    /**
     * Any allowed address may be the broadcast address of a network with denied addresses. Only the
     * host knows its networks.
     */
    private static Bypass networks(Intent around, String id, Judge judge, String advice) {
        return Bypass.of(List.of(around), id, NETWORK_BROADCASTS, RECEIVERS, judge, Remedy.host(advice));
    }

    private static Judge.Group four(Hook hook, IntervalSet many) {
        return new Judge.Group(
                new Judge.Reach(hook, Map.of(Variable.PROTOCOL, DATAGRAMS, Variable.IP4, many)),
                List.of(new Judge.Reach(hook, Map.of(Variable.PROTOCOL, DATAGRAMS, Variable.IP4, HOSTS))));
    }

    private static Judge.Group six(Hook hook) {
        return new Judge.Group(
                new Judge.Reach(
                        hook,
                        Map.of(Variable.PROTOCOL, DATAGRAMS, Variable.IP6_HIGH, GROUPS6, Variable.IP6_LOW, EVERY)),
                List.of(new Judge.Reach(
                        hook,
                        Map.of(Variable.PROTOCOL, DATAGRAMS, Variable.IP6_HIGH, HOSTS6, Variable.IP6_LOW, EVERY))));
    }

    private static Judge.Group packets4(IntervalSet many) {
        IntervalSet family = numbers(2);
        return new Judge.Group(
                new Judge.Reach(SKB_EGRESS, Map.of(Variable.PACKET_FAMILY, family, Variable.PACKET_REMOTE_IP4, many)),
                List.of(new Judge.Reach(
                        SKB_EGRESS, Map.of(Variable.PACKET_FAMILY, family, Variable.PACKET_REMOTE_IP4, HOSTS))));
    }

    private static Judge.Group packets6() {
        return new Judge.Group(packets6(GROUPS6), List.of(packets6(HOSTS6)));
    }

    private static Judge.Reach packets6(IntervalSet high) {
        return new Judge.Reach(
                SKB_EGRESS,
                Map.of(
                        Variable.PACKET_FAMILY, numbers(10),
                        Variable.PACKET_REMOTE_IP6_HIGH, high,
                        Variable.PACKET_REMOTE_IP6_LOW, EVERY));
    }
}
