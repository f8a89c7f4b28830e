// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.NodeTable;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/**
 * The test whether `skb_egress` refuses all packets of some protocols that correspond to requests
 * which other hooks deny. Then no bypass of those hooks can send such a packet.
 *
 * <p>The user of a packet is the creator of its socket, which need not be the caller that the
 * other hook denies. A denial to some user therefore counts as a denial to every user.
 *
 * @param side the part of a packet that the other hooks judge
 * @param whole whether all of these packets come from ordinary sockets, which send neither
 *     fragments nor headers that the process wrote
 */
record PacketShadow(Decisions decisions, IntervalSet protocols, Side side, boolean whole) {
    /**
     * The IPv4-mapped range. Such an address cannot be read from an IPv6 header; `::` is not an
     * address of a packet either.
     */
    private static final Interval MAPPED = Interval.of(0xffff_0000_0000L, 0xffff_ffff_ffffL);

    /** The part of a packet that the other hooks also see. */
    enum Side {
        /** The destination, which the address hooks judge. */
        REMOTE(
                List.of(Hook.CONNECT4, Hook.SENDMSG4),
                List.of(Hook.CONNECT6, Hook.SENDMSG6),
                Map.of(
                        Variable.PROTOCOL, Variable.PACKET_PROTOCOL,
                        Variable.PORT, Variable.PACKET_REMOTE_PORT,
                        Variable.IP4, Variable.PACKET_REMOTE_IP4,
                        Variable.IP6_HIGH, Variable.PACKET_REMOTE_IP6_HIGH,
                        Variable.IP6_LOW, Variable.PACKET_REMOTE_IP6_LOW)),
        /** The source, which the hooks of bind judge. */
        LOCAL(
                List.of(Hook.BIND4),
                List.of(Hook.BIND6),
                Map.of(
                        Variable.PROTOCOL, Variable.PACKET_PROTOCOL,
                        Variable.PORT, Variable.PACKET_LOCAL_PORT,
                        Variable.IP4, Variable.PACKET_LOCAL_IP4,
                        Variable.IP6_HIGH, Variable.PACKET_LOCAL_IP6_HIGH,
                        Variable.IP6_LOW, Variable.PACKET_LOCAL_IP6_LOW)),
        /** The protocol. It is denied if no type of socket may have it. */
        PROTOCOL(
                List.of(Hook.SOCK_CREATE),
                List.of(Hook.SOCK_CREATE),
                Map.of(Variable.FAMILY, Variable.PACKET_FAMILY, Variable.PROTOCOL, Variable.PACKET_PROTOCOL));

        private final List<Hook> four;
        private final List<Hook> six;
        private final Map<Variable, Variable> names;

        Side(List<Hook> four, List<Hook> six, Map<Variable, Variable> names) {
            this.four = four;
            this.six = six;
            this.names = names;
        }
    }

    boolean closes() {
        Optional<Node<Outcome>> packets = decisions.at(Hook.SKB_EGRESS);
        return packets.isPresent()
                && covers(packets.get(), side.four, List.of(four()))
                && covers(packets.get(), side.six, six());
    }

    private boolean covers(Node<Outcome> packets, List<Hook> hooks, List<Map<Variable, IntervalSet>> boxes) {
        return hooks.stream()
                .flatMap(hook -> decisions.at(hook).stream())
                .allMatch(root -> covers(packets, denied(root), boxes));
    }

    /**
     * Returns what the hook denies. For {@link Side#PROTOCOL} these are the protocols that it
     * denies to sockets of every type.
     */
    private Node<Boolean> denied(Node<Outcome> root) {
        NodeTable<Boolean> forest = new NodeTable<>(decisions.order());
        Node<Boolean> allowed = forest.map(root, outcome -> outcome.verdict().allows());
        Map<Variable, IntervalSet> types = Map.of(Variable.TYPE, Variable.TYPE.possible());
        Node<Boolean> some = side == Side.PROTOCOL ? new Somewhere(forest, types).of(allowed) : allowed;
        return forest.map(some, allows -> !allows);
    }

    private boolean covers(Node<Outcome> packets, Node<Boolean> denied, List<Map<Variable, IntervalSet>> boxes) {
        IntervalSet unknown = IntervalSet.of(Variable.UNKNOWN_PROTOCOL);
        List<Map<Variable, IntervalSet>> nameless = new ArrayList<>();
        List<Map<Variable, IntervalSet>> named = new ArrayList<>();
        for (Map<Variable, IntervalSet> box : boxes) {
            named.add(with(box, protocols.minus(unknown)));
            nameless.add(with(box, protocols.intersect(unknown)));
        }
        nameless.add(Map.of(Variable.PACKET_FAMILY, IntervalSet.of(0), Variable.PACKET_PROTOCOL, unknown));
        return !leaks(packets, denied(denied, true), named)
                && (whole || !leaks(packets, denied(denied, false), nameless));
    }

    /** Returns whether a packet of a box is allowed although the other hook denies the same. */
    private boolean leaks(Node<Outcome> packets, Node<Boolean> denied, List<Map<Variable, IntervalSet>> boxes) {
        return boxes.stream()
                .anyMatch(box -> Reachable.any(
                        decisions.order(),
                        packets,
                        denied,
                        box,
                        outcome -> outcome.verdict().allows()));
    }

    private Map<Variable, IntervalSet> with(Map<Variable, IntervalSet> box, IntervalSet protocols) {
        Map<Variable, IntervalSet> all = new EnumMap<>(box);
        all.put(Variable.PACKET_PROTOCOL, protocols);
        if (side == Side.LOCAL) {
            all.put(Variable.PACKET_LOCAL_PORT, IntervalSet.range(1, Variable.PACKET_LOCAL_PORT.max()));
        }
        if (whole) {
            all.put(Variable.PACKET_FRAGMENT, IntervalSet.of(0));
            all.put(Variable.PACKET_TRANSPORT, IntervalSet.of(0));
            all.put(Variable.PACKET_FLAGS_CUT, IntervalSet.of(0));
        }
        return all;
    }

    private Map<Variable, IntervalSet> four() {
        Map<Variable, IntervalSet> box = new EnumMap<>(Map.of(Variable.PACKET_FAMILY, IntervalSet.of(2)));
        name(Variable.IP4).ifPresent(ip -> box.put(ip, IntervalSet.range(1, ip.max())));
        return box;
    }

    private List<Map<Variable, IntervalSet>> six() {
        Map<Variable, IntervalSet> family = Map.of(Variable.PACKET_FAMILY, IntervalSet.of(10));
        Optional<Variable> high = name(Variable.IP6_HIGH);
        Optional<Variable> low = name(Variable.IP6_LOW);
        if (high.isEmpty() || low.isEmpty()) {
            return List.of(family);
        }
        Map<Variable, IntervalSet> upper = new EnumMap<>(family);
        upper.put(high.get(), IntervalSet.range(1, -1L));
        Map<Variable, IntervalSet> lower = new EnumMap<>(family);
        lower.put(high.get(), IntervalSet.of(0));
        lower.put(low.get(), IntervalSet.range(1, -1L).minus(IntervalSet.of(MAPPED)));
        return List.of(upper, lower);
    }

    /** Returns the packet's variable that corresponds to a variable of the other hooks. */
    private Optional<Variable> name(Variable variable) {
        return Optional.ofNullable(side.names.get(variable));
    }

    /** Returns what the other hook denies to some caller, in terms of the packet's variables. */
    private Node<Boolean> denied(Node<Boolean> denied, boolean byProtocol) {
        Map<Variable, Variable> names = side.names.entrySet().stream()
                .filter(name -> byProtocol || name.getValue() != Variable.PACKET_PROTOCOL)
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        return new Projection<Boolean>(decisions.order(), names, Map.of(), no -> no).of(denied);
    }
}
