// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.report.ReachReport.Status;
import org.ringwall.compiler.value.IntervalSet;

/**
 * The copies of IPv4 packets to multicast groups and broadcast addresses that the kernel gives to
 * receivers in the sender's network namespace. ip_mc_output (net/ipv4/ip_output.c) clones the
 * packet, and the clone has no socket, so that skb_egress does not run for it. The original is
 * judged afterwards. The loopback device makes no such copies. IPv6 copies after the hook
 * (ip6_finish_output2).
 */
record LocalCopies(Decisions decisions) {
    static final String REASON = "receivers in the same network namespace get copies of those to IPv4 multicast and"
            + " broadcast addresses, for which it does not run";

    /**
     * Every IPv4 address that may be a group or a broadcast address: the compiler does not know the
     * networks of the host. Those of 127.0.0.0/8 belong to the loopback device.
     */
    static final IntervalSet ANY =
            IntervalSet.range(1, 0xffff_ffffL).minus(IntervalSet.range(0x7f00_0000L, 0x7fff_ffffL));

    private static final IntervalSet UDP = IntervalSet.of(17);

    private static final Map<Variable, Variable> PACKET = Map.of(
            Variable.PACKET_FAMILY, Variable.PACKET_FAMILY,
            Variable.PACKET_PROTOCOL, Variable.PACKET_PROTOCOL,
            Variable.PACKET_REMOTE_PORT, Variable.PACKET_REMOTE_PORT,
            Variable.PACKET_REMOTE_IP4, Variable.PACKET_REMOTE_IP4);

    private static final Map<Variable, Variable> ADDRESS = Map.of(
            Variable.PROTOCOL, Variable.PACKET_PROTOCOL,
            Variable.PORT, Variable.PACKET_REMOTE_PORT,
            Variable.IP4, Variable.PACKET_REMOTE_IP4);

    /**
     * A bypass of `packets egress` by copies of what these sockets send to these destinations. It
     * is closed if the block denies none of them, or if another block keeps the sockets from
     * sending them: `sockets`, or `egress` in the case of UDP.
     *
     * @param first the judge of the packets themselves
     * @param sockets the judge of the sockets
     * @param protocols what they send
     */
    record Judged(Judge first, Judge sockets, IntervalSet protocols, IntervalSet destinations) implements Judge {
        @Override
        public Judgement judge(Block.Target block, Decisions decisions) {
            Judgement judgement = first.judge(block, decisions);
            LocalCopies copies = new LocalCopies(decisions);
            boolean judged = judgement.status() == Status.CLOSED || judgement.status() == Status.ALLOWED;
            if (!judged || !copies.refused(protocols, destinations)) {
                return judgement;
            }
            if (protocols.equals(UDP) && !copies.pass(destinations)) {
                return judgement;
            }
            Judgement made = sockets.judge(block, decisions);
            return made.status() == Status.CLOSED
                    ? new Judgement(judgement.status(), made.reason(), made.rules())
                    : new Judgement(
                            Status.NARROWED,
                            "skb_egress refuses the packets, but " + REASON + "; " + made.reason(),
                            made.rules());
        }
    }

    /** The judge of packets that are judged as usual, where only their copies are of interest. */
    static final class Originals implements Judge {
        @Override
        public Judgement judge(Block.Target block, Decisions decisions) {
            return new Judgement(Status.CLOSED, "the policy denies no IPv4 packet that the kernel copies");
        }
    }

    /** Returns whether the address hooks deny some destination of which there may be copies. */
    boolean denied(IntervalSet protocols) {
        return Stream.of(Hook.CONNECT4, Hook.SENDMSG4)
                .flatMap(hook ->
                        decisions
                                .outcomes(hook, List.of(Map.of(Variable.IP4, ANY, Variable.PROTOCOL, protocols)))
                                .stream())
                .anyMatch(outcome -> !outcome.verdict().allows());
    }

    /** Returns whether skb_egress refuses some packet to these destinations. */
    private boolean refused(IntervalSet protocols, IntervalSet destinations) {
        return decisions.outcomes(Hook.SKB_EGRESS, List.of(box(protocols, destinations))).stream()
                .anyMatch(outcome -> !outcome.verdict().allows());
    }

    /**
     * Returns whether the address hooks allow some caller a UDP datagram that skb_egress refuses to
     * some socket.
     */
    private boolean pass(IntervalSet destinations) {
        Node<Boolean> refused =
                decisions.at(Hook.SKB_EGRESS).map(projection(PACKET, false)::of).orElseThrow();
        return Stream.of(Hook.CONNECT4, Hook.SENDMSG4)
                .anyMatch(hook -> decisions
                        .at(hook)
                        .map(projection(ADDRESS, true)::of)
                        .map(allowed ->
                                Reachable.meet(decisions.order(), refused, allowed, List.of(box(UDP, destinations))))
                        .orElse(true));
    }

    private static Map<Variable, IntervalSet> box(IntervalSet protocols, IntervalSet destinations) {
        return Map.of(
                Variable.PACKET_FAMILY, IntervalSet.of(2),
                Variable.PACKET_PROTOCOL, protocols,
                Variable.PACKET_REMOTE_IP4, destinations);
    }

    private Projection<Outcome> projection(Map<Variable, Variable> names, boolean allowed) {
        return new Projection<>(
                decisions.order(), names, Map.of(), outcome -> outcome.verdict().allows() == allowed);
    }
}
