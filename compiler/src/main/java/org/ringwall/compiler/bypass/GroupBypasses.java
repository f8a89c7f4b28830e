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
            bypass(
                    Intent.PACKETS_EGRESS,
                    "broadcast-packet",
                    BROADCASTS,
                    List.of(packets4(BROADCAST)),
                    "packets egress { deny if remote.ip == 255.255.255.255; default allow }"),
            bypass(
                    Intent.PACKETS_EGRESS,
                    "multicast-packet",
                    MULTICASTS,
                    List.of(packets4(GROUPS), packets6()),
                    "packets egress { deny if remote.ip in { 224.0.0.0/4, ff00::/8 }; default allow }"),
            networks(Intent.EGRESS, "network-broadcast", List.of(four(CONNECT4, HOSTS), four(SENDMSG4, HOSTS))),
            networks(Intent.PACKETS_EGRESS, "network-broadcast-packet", List.of(packets4(HOSTS))));

    private GroupBypasses() {}

    private static Bypass bypass(Intent around, String id, String what, List<Judge.Group> groups, String closing) {
        return Bypass.of(
                List.of(around),
                id,
                what,
                RECEIVERS,
                new Judge.Many(groups, "send to many hosts at once", "a single address"),
                new Closing.ByPolicy(closing));
    }

    /**
     * Any allowed address may be the broadcast address of a network with denied addresses. Only the
     * host knows its networks.
     */
    private static Bypass networks(Intent around, String id, List<Judge.Group> groups) {
        return Bypass.of(
                List.of(around),
                id,
                NETWORK_BROADCASTS,
                RECEIVERS,
                new Judge.Many(groups, "send datagrams", "some address"),
                new Closing.Elsewhere("deny the broadcast addresses that `ip -4 address` shows on the host"));
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
