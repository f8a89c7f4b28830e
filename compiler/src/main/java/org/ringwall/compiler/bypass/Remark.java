// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/**
 * A consequence of a block that authors easily overlook: what a `default deny` also denies, with a
 * rule for it, or how far the denials of a block reach.
 */
public record Remark(Intent block, String text) {
    private static final IntervalSet ANY_PORT = IntervalSet.range(0, 65535);
    private static final IntervalSet INET = IntervalSet.of(2);
    private static final IntervalSet INET6 = IntervalSet.of(10);
    private static final IntervalSet UDP = IntervalSet.of(17);

    static List<Remark> of(Decisions decisions) {
        List<Remark> remarks = new ArrayList<>();
        if (deniesByDefault(decisions, Intent.PACKETS_EGRESS)) {
            if (denied(decisions, Hook.SKB_EGRESS, icmp6(133, 137))) {
                remarks.add(
                        new Remark(
                                Intent.PACKETS_EGRESS,
                                "neighbour discovery (icmpv6 133..137) of a network namespace that is made in the cgroup is denied"));
            }
            if (denied(decisions, Hook.SKB_EGRESS, udp(INET, 67))
                    || denied(decisions, Hook.SKB_EGRESS, udp(INET6, 547))) {
                remarks.add(new Remark(Intent.PACKETS_EGRESS, "renewals by DHCP (udp 67, 547) are denied"));
            }
        }
        if (deniesByDefault(decisions, Intent.PACKETS_INGRESS) && denied(decisions, Hook.SKB_INGRESS, answers())) {
            remarks.add(
                    new Remark(
                            Intent.PACKETS_INGRESS,
                            "answers to connections of the cgroup are denied; `allow if proto == tcp and tcp.ack` lets them in"));
        }
        if (decisions.speaksOf(new Block.Target.OfIntent(Intent.SOCKOPT))) {
            remarks.add(new Remark(
                    Intent.SOCKOPT,
                    "every denial holds for 64-bit calls alone and so only narrows: 32-bit calls (int 0x80) invoke neither hook,"
                            + " for any option; refuse them by seccomp"));
        }
        return remarks;
    }

    private static boolean deniesByDefault(Decisions decisions, Intent intent) {
        return decisions.policy().blocks().stream()
                .filter(block -> block.target() instanceof Block.Target.OfHook one
                        ? intent.hooks().contains(one.hook())
                        : block.target().equals(new Block.Target.OfIntent(intent)))
                .anyMatch(Block::deniesByDefault);
    }

    /** Returns whether every packet of the box is denied. */
    private static boolean denied(Decisions decisions, Hook hook, Map<Variable, IntervalSet> box) {
        Set<Outcome> outcomes = decisions.outcomes(hook, List.of(box));
        return outcomes.stream().noneMatch(outcome -> outcome.verdict().allows());
    }

    private static Map<Variable, IntervalSet> icmp6(long low, long high) {
        return Map.of(
                Variable.PACKET_FAMILY, INET6,
                Variable.PACKET_PROTOCOL, IntervalSet.of(58),
                Variable.PACKET_FRAGMENT, IntervalSet.of(0),
                Variable.PACKET_TRANSPORT, IntervalSet.of(0),
                Variable.PACKET_ICMP_TYPE, IntervalSet.of(Interval.of(low, high)));
    }

    private static Map<Variable, IntervalSet> udp(IntervalSet family, long port) {
        return Map.of(
                Variable.PACKET_FAMILY, family,
                Variable.PACKET_PROTOCOL, UDP,
                Variable.PACKET_FRAGMENT, IntervalSet.of(0),
                Variable.PACKET_TRANSPORT, IntervalSet.of(0),
                Variable.PACKET_REMOTE_PORT, IntervalSet.of(port));
    }

    private static Map<Variable, IntervalSet> answers() {
        return Map.of(
                Variable.PACKET_FAMILY, IntervalSet.of(Interval.of(2, 10)),
                Variable.PACKET_PROTOCOL, IntervalSet.of(6),
                Variable.PACKET_FRAGMENT, IntervalSet.of(0),
                Variable.PACKET_TRANSPORT, IntervalSet.of(0),
                Variable.PACKET_FLAGS_CUT, IntervalSet.of(0),
                Variable.PACKET_ACK, IntervalSet.of(1),
                Variable.PACKET_REMOTE_PORT, ANY_PORT);
    }
}
