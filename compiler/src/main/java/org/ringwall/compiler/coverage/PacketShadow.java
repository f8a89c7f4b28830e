package org.ringwall.compiler.coverage;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.Forest;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/**
 * Whether what a policy decides about packets that go out refuses each packet of some protocols that leads where its
 * address hooks deny some caller to talk: then no way around those hooks leads there. A packet's user is
 * who made its socket, who need not be the one that an address hook denies, so a denial to one user is one to all here.
 */
record PacketShadow(Decisions decisions, IntervalSet protocols) {
    private static final Map<Variable, Variable> NAMES = new EnumMap<>(Map.of(
            Variable.PROTOCOL, Variable.PACKET_PROTOCOL,
            Variable.PORT, Variable.PACKET_REMOTE_PORT,
            Variable.IP4, Variable.PACKET_REMOTE_IP4,
            Variable.IP6_HIGH, Variable.PACKET_REMOTE_IP6_HIGH,
            Variable.IP6_LOW, Variable.PACKET_REMOTE_IP6_LOW));

    private static final Map<Variable, Variable> NAMELESS = NAMES.entrySet().stream()
            .filter(name -> name.getKey() != Variable.PROTOCOL)
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));

    /** A v4-mapped address in an IPv6 header cannot be read, and `::` is no destination of a packet. */
    private static final Interval MAPPED = Interval.of(0xffff_0000_0000L, 0xffff_ffff_ffffL);

    boolean closes() {
        Optional<Node<Outcome>> packets = decisions.at(Hook.SKB_EGRESS);
        return packets.isPresent()
                && covers(packets.get(), List.of(Hook.CONNECT4, Hook.SENDMSG4), four())
                && covers(packets.get(), List.of(Hook.CONNECT6, Hook.SENDMSG6), six());
    }

    private boolean covers(Node<Outcome> packets, List<Hook> hooks, List<Map<Variable, IntervalSet>> boxes) {
        return hooks.stream()
                .flatMap(hook -> decisions.at(hook).stream())
                .allMatch(root -> covers(packets, root, boxes));
    }

    private boolean covers(Node<Outcome> packets, Node<Outcome> asked, List<Map<Variable, IntervalSet>> boxes) {
        IntervalSet unknown = IntervalSet.of(Variable.UNKNOWN_PROTOCOL);
        List<Map<Variable, IntervalSet>> nameless = new ArrayList<>();
        List<Map<Variable, IntervalSet>> named = new ArrayList<>();
        for (Map<Variable, IntervalSet> box : boxes) {
            named.add(with(box, protocols.minus(unknown)));
            nameless.add(with(box, protocols.intersect(unknown)));
        }
        nameless.add(Map.of(Variable.PACKET_FAMILY, IntervalSet.of(0)));
        return !leaks(packets, denied(NAMES).of(asked), named)
                && !leaks(packets, denied(NAMELESS).of(asked), nameless);
    }

    /** What an address hook denies to anybody, in the variables of packets. */
    private Projection denied(Map<Variable, Variable> names) {
        return new Projection(
                decisions.diagrams().order(),
                names,
                Map.of(),
                outcome -> !outcome.verdict().allows());
    }

    /** Whether some packet of a box is let through whose like the address hook denies. */
    private boolean leaks(Node<Outcome> packets, Node<Boolean> denied, List<Map<Variable, IntervalSet>> boxes) {
        Node<Boolean> both = new Forest<Boolean>(decisions.diagrams().order())
                .combine(
                        packets,
                        denied,
                        (outcome, no) -> no && outcome.verdict().allows());
        List<Boolean> found = new ArrayList<>();
        boxes.forEach(box -> new Reachable<Boolean>(box, found::add).visit(both));
        return found.contains(true);
    }

    private static Map<Variable, IntervalSet> with(Map<Variable, IntervalSet> box, IntervalSet protocols) {
        Map<Variable, IntervalSet> whole = new EnumMap<>(box);
        whole.put(Variable.PACKET_PROTOCOL, protocols);
        return whole;
    }

    /** Packets to an IPv4 address. */
    static List<Map<Variable, IntervalSet>> four() {
        return List.of(Map.of(
                Variable.PACKET_FAMILY,
                IntervalSet.of(2),
                Variable.PACKET_REMOTE_IP4,
                IntervalSet.range(1, Variable.PACKET_REMOTE_IP4.max())));
    }

    /** Packets to an IPv6 address. */
    static List<Map<Variable, IntervalSet>> six() {
        IntervalSet family = IntervalSet.of(10);
        IntervalSet low = IntervalSet.range(1, -1L).minus(IntervalSet.of(MAPPED));
        return List.of(
                Map.of(Variable.PACKET_FAMILY, family, Variable.PACKET_REMOTE_IP6_HIGH, IntervalSet.range(1, -1L)),
                Map.of(
                        Variable.PACKET_FAMILY,
                        family,
                        Variable.PACKET_REMOTE_IP6_HIGH,
                        IntervalSet.of(0),
                        Variable.PACKET_REMOTE_IP6_LOW,
                        low));
    }
}
