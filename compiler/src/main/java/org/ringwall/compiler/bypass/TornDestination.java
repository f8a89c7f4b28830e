// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.NodeTable;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.TestOrder;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.report.ReachReport.Status;
import org.ringwall.compiler.value.IntervalSet;

/**
 * The destinations that a datagram can have if one thread sends on a connected socket while another
 * connects it anew. udp_sendmsg and udpv6_sendmsg read address and port of the socket without its
 * lock (net/ipv4/udp.c, net/ipv6/udp.c), and copy an IPv6 address in two halves of 64 bits. Parts
 * that are zero for a moment, after connect to AF_UNSPEC or a connect that fails, mean a loopback
 * address. Port 0 belongs to no receiver. No hook runs for such a datagram, except that
 * IPv4-mapped destinations of an IPv6 socket are judged as those of a datagram without connect.
 *
 * <p>Open if some destination made of parts of allowed destinations is denied or redirected.
 */
record TornDestination() implements Judge {
    private static final IntervalSet DATAGRAMS = IntervalSet.of(17);
    private static final IntervalSet PORTS = IntervalSet.range(1, 65535);
    private static final IntervalSet GROUPS = IntervalSet.range(0xe000_0000L, 0xffff_ffffL);
    private static final IntervalSet ADDRESSES = IntervalSet.range(1, 0xffff_ffffL);
    private static final IntervalSet ANY = IntervalSet.range(0, -1L);
    private static final IntervalSet SOME = IntervalSet.range(1, -1L);
    private static final IntervalSet ZERO = IntervalSet.of(0);
    private static final IntervalSet ONE = IntervalSet.of(1);
    private static final IntervalSet LOOPBACK = IntervalSet.of(0x7f00_0001L);
    private static final IntervalSet UNMAPPED =
            IntervalSet.range(1, -1L).minus(IntervalSet.range(0xffff_0000_0000L, 0xffff_ffff_ffffL));
    /** Fields that a rule of `egress` may read and `packets egress` reads with the same meaning. */
    private static final Set<Field> SHARED = Set.of(Field.REMOTE_IP, Field.REMOTE_PORT, Field.PROTO);

    @Override
    public Judgement judge(Block.Target block, Decisions decisions) {
        Optional<Parts> four = Parts.at(Hook.CONNECT4, decisions);
        boolean torn = four.filter(parts -> parts.four(ADDRESSES)).isPresent()
                || Parts.at(Hook.CONNECT6, decisions).filter(Parts::six).isPresent();
        Judgement sockets = Judge.socket("a UDP socket", Judge.sockets(IntervalSet.of(2), DATAGRAMS))
                .judge(block, decisions);
        if (sockets.status() == Status.CLOSED) {
            return sockets;
        }
        if (!torn) {
            return new Judgement(
                    Status.CLOSED, "no destination made of parts of allowed ones is denied or redirected for UDP");
        }
        boolean redirected = Stream.of(Hook.CONNECT4, Hook.CONNECT6)
                .flatMap(hook -> decisions.outcomes(hook, List.of(Map.of(Variable.PROTOCOL, DATAGRAMS))).stream())
                .anyMatch(TornDestination::redirects);
        if (redirected || !new PacketShadow(decisions, DATAGRAMS, PacketShadow.Side.REMOTE, false).closes()) {
            return new Judgement(
                    Status.OPEN,
                    "no hook judges the parts together, and `packets egress` does not refuse what `egress` denies",
                    List.of(),
                    words(decisions.policy().blocks()));
        }
        return four.filter(parts -> parts.four(GROUPS)).isPresent()
                ? new Judgement(Status.NARROWED, "skb_egress refuses the packets, but " + LocalCopies.REASON)
                : new Judgement(Status.CLOSED, "skb_egress refuses every packet to what the address hooks deny");
    }

    private static boolean redirects(Outcome outcome) {
        return outcome.writes().stream().anyMatch(Effect::writesDestination);
    }

    /**
     * Returns the policy's `egress` block as one of `packets egress`; empty if that has not the
     * same meaning.
     */
    private static Optional<String> words(List<Block> blocks) {
        List<Rule> rules = blocks.stream()
                .filter(block -> block.target().equals(new Block.Target.OfIntent(Intent.EGRESS)))
                .flatMap(block -> block.rules().stream())
                .toList();
        boolean alike = blocks.stream()
                        .filter(block -> block.hooks().contains(Hook.CONNECT4))
                        .count()
                == 1;
        return alike && !rules.isEmpty() && rules.stream().allMatch(TornDestination::isShared)
                ? Optional.of(rules.stream()
                        .map(rule -> rule.span().text().strip())
                        .collect(Collectors.joining("; ", "packets egress { ", " }")))
                : Optional.empty();
    }

    private static boolean isShared(Rule rule) {
        return rule.effects().isEmpty()
                && rule.within().isEmpty()
                && !rule.monitored()
                && Arrays.stream(Field.values())
                        .noneMatch(
                                field -> !SHARED.contains(field) && rule.guard().reads(field));
    }

    /**
     * The destinations that one hook of connect allows and denies, and what is made of their
     * parts.
     */
    private static final class Parts {
        private static final Map<Variable, Variable> NAMES = Stream.of(
                        Variable.PROTOCOL, Variable.PORT, Variable.IP4, Variable.IP6_HIGH, Variable.IP6_LOW)
                .collect(Collectors.toMap(Function.identity(), Function.identity()));

        private final TestOrder order;
        private final NodeTable<Boolean> forest;
        private final Node<Boolean> allowed;
        private final Node<Boolean> denied;

        private Parts(Decisions decisions, Node<Outcome> root) {
            this.order = decisions.order();
            this.forest = new NodeTable<>(order);
            this.allowed = new Projection<Outcome>(
                            order, NAMES, Map.of(), outcome -> outcome.verdict().allows())
                    .of(root);
            this.denied = new Projection<Outcome>(
                            order,
                            NAMES,
                            Map.of(),
                            outcome -> !outcome.verdict().allows() || redirects(outcome))
                    .of(root);
        }

        /** Returns the parts at a hook; empty if the policy has no rules there. */
        static Optional<Parts> at(Hook hook, Decisions decisions) {
            return decisions.at(hook).map(root -> new Parts(decisions, root));
        }

        /** Returns whether some torn destination in this set of IPv4 addresses is denied. */
        boolean four(IntervalSet addresses) {
            Node<Boolean> ports = without(Variable.IP4);
            return denied(List.of(without(Variable.PORT), ports), Map.of(Variable.IP4, addresses))
                    || denied(List.of(ports), Map.of(Variable.IP4, LOOPBACK.intersect(addresses)));
        }

        /** Returns whether some torn IPv6 destination is denied. */
        boolean six() {
            Node<Boolean> highs = without(Variable.IP6_LOW, Variable.PORT);
            Node<Boolean> lows = without(Variable.IP6_HIGH, Variable.PORT);
            Node<Boolean> ports = without(Variable.IP6_HIGH, Variable.IP6_LOW);
            return denied(List.of(highs, lows, ports), halves(SOME, ANY))
                    || denied(List.of(lows, ports), halves(ZERO, UNMAPPED))
                    || denied(List.of(highs, ports), halves(SOME, ZERO))
                    || denied(List.of(ports), halves(ZERO, ONE));
        }

        private static Map<Variable, IntervalSet> halves(IntervalSet high, IntervalSet low) {
            return Map.of(Variable.IP6_HIGH, high, Variable.IP6_LOW, low);
        }

        /** Returns the allowed destinations with any value of these variables. */
        private Node<Boolean> without(Variable... variables) {
            return new Somewhere(
                            forest,
                            Stream.of(variables).collect(Collectors.toMap(Function.identity(), Variable::possible)))
                    .of(allowed);
        }

        private boolean denied(List<Node<Boolean>> conditions, Map<Variable, IntervalSet> addresses) {
            Node<Boolean> parts = conditions.stream()
                    .reduce(forest.leaf(true), (left, right) -> forest.combine(left, right, Boolean::logicalAnd));
            Map<Variable, IntervalSet> box = new EnumMap<>(addresses);
            box.put(Variable.PROTOCOL, DATAGRAMS);
            box.put(Variable.PORT, PORTS);
            return Reachable.meet(order, denied, parts, List.of(box));
        }
    }
}
