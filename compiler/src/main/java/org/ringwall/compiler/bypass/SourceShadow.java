// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import static org.ringwall.compiler.bypass.Judge.numbers;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.NodeTable;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.value.IntervalSet;

/**
 * The test whether `packets egress` refuses every packet whose source address is a destination
 * that the policy denies. Then no answer to such a packet carries its content there.
 */
record SourceShadow(Decisions decisions) {
    /**
     * The protocols of answers that the kernel sends without a socket of the cgroup: ICMP, TCP and
     * ICMPv6.
     */
    private static final IntervalSet ANSWERS = numbers(1, 6, 58);

    private static final IntervalSet NO = IntervalSet.of(0);

    /** The answers themselves: unfragmented, readable packets that are not source routed. */
    private static final Map<Variable, IntervalSet> PLAIN = Map.of(
            Variable.PACKET_PROTOCOL, ANSWERS,
            Variable.PACKET_ROUTED, NO,
            Variable.PACKET_FRAGMENT, NO,
            Variable.PACKET_TRANSPORT, NO,
            Variable.PACKET_FLAGS_CUT, NO);

    private static final Map<Variable, Variable> SOURCE = Map.of(
            Variable.PACKET_FAMILY, Variable.PACKET_FAMILY,
            Variable.PACKET_LOCAL_IP4, Variable.PACKET_REMOTE_IP4,
            Variable.PACKET_LOCAL_IP6_HIGH, Variable.PACKET_REMOTE_IP6_HIGH,
            Variable.PACKET_LOCAL_IP6_LOW, Variable.PACKET_REMOTE_IP6_LOW);

    private static final Map<Variable, Variable> ENDS = Stream.of(
                    Variable.PACKET_FAMILY,
                    Variable.PACKET_REMOTE_IP4,
                    Variable.PACKET_REMOTE_IP6_HIGH,
                    Variable.PACKET_REMOTE_IP6_LOW,
                    Variable.PACKET_LOCAL_IP4,
                    Variable.PACKET_LOCAL_IP6_HIGH,
                    Variable.PACKET_LOCAL_IP6_LOW)
            .collect(Collectors.toMap(Function.identity(), Function.identity()));

    private static final Map<Variable, IntervalSet> SOURCES = Map.of(
            Variable.PACKET_LOCAL_IP4, Variable.PACKET_LOCAL_IP4.possible(),
            Variable.PACKET_LOCAL_IP6_HIGH, Variable.PACKET_LOCAL_IP6_HIGH.possible(),
            Variable.PACKET_LOCAL_IP6_LOW, Variable.PACKET_LOCAL_IP6_LOW.possible());

    private static final Map<Variable, Variable> ADDRESS = Map.of(
            Variable.IP4, Variable.PACKET_REMOTE_IP4,
            Variable.IP6_HIGH, Variable.PACKET_REMOTE_IP6_HIGH,
            Variable.IP6_LOW, Variable.PACKET_REMOTE_IP6_LOW);

    /** Packets to an IPv4 address. */
    private static final List<Map<Variable, IntervalSet>> FOUR = List.of(Map.of(
            Variable.PACKET_FAMILY,
            IntervalSet.of(2),
            Variable.PACKET_REMOTE_IP4,
            IntervalSet.range(1, Variable.PACKET_REMOTE_IP4.max())));

    /**
     * Packets to an IPv6 address. `::` and the IPv4-mapped range are not destinations of a packet.
     */
    private static final List<Map<Variable, IntervalSet>> SIX = List.of(
            Map.of(
                    Variable.PACKET_FAMILY,
                    IntervalSet.of(10),
                    Variable.PACKET_REMOTE_IP6_HIGH,
                    IntervalSet.range(1, -1L)),
            Map.of(
                    Variable.PACKET_FAMILY,
                    IntervalSet.of(10),
                    Variable.PACKET_REMOTE_IP6_HIGH,
                    IntervalSet.of(0),
                    Variable.PACKET_REMOTE_IP6_LOW,
                    IntervalSet.range(1, -1L).minus(IntervalSet.range(0xffff_0000_0000L, 0xffff_ffff_ffffL))));

    boolean closes() {
        return decisions.at(Hook.SKB_EGRESS).filter(this::closes).isPresent();
    }

    private boolean closes(Node<Outcome> packets) {
        Node<Boolean> sent = projection(SOURCE, Map.of(), true).of(packets);
        Node<Boolean> refused = refused(packets);
        return !Reachable.meet(decisions.order(), sent, refused, FOUR)
                && !Reachable.meet(decisions.order(), sent, refused, SIX)
                && !denied(sent, List.of(Hook.CONNECT4, Hook.SENDMSG4), FOUR)
                && !denied(sent, List.of(Hook.CONNECT6, Hook.SENDMSG6), SIX);
    }

    /** Returns the destinations to which some answer is refused from every source. */
    private Node<Boolean> refused(Node<Outcome> packets) {
        Node<Boolean> refused = projection(ENDS, PLAIN, false).of(packets);
        NodeTable<Boolean> forest = new NodeTable<>(decisions.order());
        Node<Boolean> passing = new Somewhere(forest, SOURCES).of(forest.map(refused, no -> !no));
        return forest.map(passing, yes -> !yes);
    }

    private boolean denied(Node<Boolean> sent, List<Hook> hooks, List<Map<Variable, IntervalSet>> boxes) {
        return hooks.stream()
                .flatMap(hook -> decisions.at(hook).stream())
                .map(projection(ADDRESS, Map.of(), false)::of)
                .anyMatch(refused -> Reachable.meet(decisions.order(), sent, refused, boxes));
    }

    private Projection<Outcome> projection(
            Map<Variable, Variable> names, Map<Variable, IntervalSet> box, boolean allowed) {
        return new Projection<>(
                decisions.order(), names, box, outcome -> outcome.verdict().allows() == allowed);
    }
}
