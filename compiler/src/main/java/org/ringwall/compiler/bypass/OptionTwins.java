// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SocketOption;
import org.ringwall.bpf.kernel.SocketOption.Place;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.NodeTable;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.value.IntervalSet;

/**
 * The twins of socket options: options that set what another option sets. A twin bypasses a policy
 * that denies the other option, or assigns its value, but does not limit the twin.
 */
public final class OptionTwins {
    private static final int SOCKET = 1;
    private static final int IP = 0;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int IPV6 = 41;
    private static final int UDPLITE = 136;
    private static final int RAW = 255;

    /** Pairs of options that have the same effect with the same value. */
    private static final List<Twin> SAME = both(
            true,
            // udp_setsockopt and udplite_setsockopt accept both levels.
            pair(UDP, 1, UDPLITE, 1),
            pair(UDP, 10, UDPLITE, 10),
            pair(UDP, 11, UDPLITE, 11),
            pair(UDP, 100, UDPLITE, 100),
            pair(UDP, 101, UDPLITE, 101),
            pair(UDP, 102, UDPLITE, 102),
            pair(UDP, 103, UDPLITE, 103),
            pair(UDP, 104, UDPLITE, 104),
            // IPV6_FREEBIND and IPV6_TRANSPARENT set the flags of struct inet_sock.
            pair(IP, 15, IPV6, 78),
            pair(IP, 19, IPV6, 75),
            // rawv6_setsockopt accepts SOL_RAW for IPV6_CHECKSUM and IPV6_HDRINCL.
            pair(IPV6, 7, RAW, 7),
            pair(IPV6, 36, RAW, 36),
            // xfrm_user_policy
            pair(IP, 16, IP, 17),
            pair(IPV6, 34, IPV6, 35),
            // ip_cmsg_recv returns the options of the header in both forms.
            pair(IP, 6, IP, 7),
            // RFC 2292 and RFC 3542.
            pair(IPV6, 2, IPV6, 49),
            pair(IPV6, 3, IPV6, 53),
            pair(IPV6, 4, IPV6, 58),
            pair(IPV6, 5, IPV6, 56),
            pair(IPV6, 8, IPV6, 51),
            // Times of 32 and of 64 bits.
            pair(SOCKET, 20, SOCKET, 66),
            pair(SOCKET, 21, SOCKET, 67),
            pair(SOCKET, 29, SOCKET, 63),
            pair(SOCKET, 35, SOCKET, 64),
            pair(SOCKET, 37, SOCKET, 65),
            // The arrival time in microseconds and in nanoseconds.
            pair(SOCKET, 29, SOCKET, 35),
            pair(SOCKET, 63, SOCKET, 64),
            pair(TCP, 14, TCP, 32));

    /** Pairs of options whose values have different forms. */
    private static final List<Twin> OTHER_VALUE = both(
            false,
            pair(SOCKET, 25, SOCKET, 62),
            pair(SOCKET, 26, SOCKET, 50),
            pair(SOCKET, 51, SOCKET, 52),
            pair(IP, 35, IP, 42),
            pair(IP, 36, IP, 45),
            pair(IP, 37, IP, 44),
            pair(IP, 38, IP, 43),
            pair(IP, 39, IP, 46),
            pair(IP, 40, IP, 47),
            pair(IP, 41, IP, 48),
            pair(IPV6, 20, IPV6, 42),
            pair(IPV6, 21, IPV6, 45));

    /** Pairs in which the second option also does what the first does, but not the reverse. */
    private static final List<Twin> ONE_WAY = List.of(
            // ip_sock_set_tos
            new Twin(new Place(SOCKET, 12), new Place(IP, 1), false),
            // tcp_set_rcvlowat
            new Twin(new Place(SOCKET, 8), new Place(SOCKET, 18), true),
            new Twin(new Place(TCP, 10), new Place(SOCKET, 18), true),
            new Twin(new Place(SOCKET, 8), new Place(SOCKET, 33), true),
            new Twin(new Place(SOCKET, 7), new Place(SOCKET, 32), true),
            // udp_sendmsg and ip4_datagram_connect route by the device of IP_UNICAST_IF and
            // IP_MULTICAST_IF, as by the one that the socket is bound to.
            new Twin(new Place(SOCKET, 25), new Place(IP, 50), false),
            new Twin(new Place(SOCKET, 62), new Place(IP, 50), false),
            new Twin(new Place(SOCKET, 25), new Place(IPV6, 76), false),
            new Twin(new Place(SOCKET, 62), new Place(IPV6, 76), false),
            // do_tcp_setsockopt sets sk_reuse to SK_FORCE_REUSE for TCP_REPAIR.
            new Twin(new Place(SOCKET, 2), new Place(TCP, 19), false),
            // A group can also be joined by naming a source.
            new Twin(new Place(IP, 35), new Place(IP, 39), false),
            new Twin(new Place(IP, 35), new Place(IP, 46), false),
            new Twin(new Place(IPV6, 20), new Place(IPV6, 46), false),
            // IPV6_2292PKTOPTIONS and IPV6_FLOWLABEL_MGR accept the control messages of
            // ip6_datagram_send_ctl.
            new Twin(new Place(IPV6, 54), new Place(IPV6, 6), false),
            new Twin(new Place(IPV6, 55), new Place(IPV6, 6), false),
            new Twin(new Place(IPV6, 57), new Place(IPV6, 6), false),
            new Twin(new Place(IPV6, 59), new Place(IPV6, 6), false),
            new Twin(new Place(IPV6, 54), new Place(IPV6, 32), false),
            new Twin(new Place(IPV6, 55), new Place(IPV6, 32), false),
            new Twin(new Place(IPV6, 57), new Place(IPV6, 32), false));

    private static final List<Twin> ALL =
            Stream.of(SAME, OTHER_VALUE, ONE_WAY).flatMap(List::stream).toList();

    private OptionTwins() {}

    /**
     * An option, and another one that sets the same.
     *
     * @param sameValue whether the other sets it to the value that it is given, so that values can
     *     be compared
     */
    private record Twin(Place option, Place other, boolean sameValue) {}

    /**
     * A twin that some caller may set although the policy denies it the option or assigns its
     * value.
     *
     * @param limiting the rule that denies or assigns
     * @param allowing the rules that allow the twin
     * @param meant whether a rule other than the default of its block allows the twin each time,
     *     which shows intent
     */
    public record Left(Place option, Place other, RuleRef limiting, List<RuleRef> allowing, boolean meant) {
        public Left {
            allowing = List.copyOf(allowing);
        }
    }

    private static Twin pair(int level, int number, int otherLevel, int otherNumber) {
        return new Twin(new Place(level, number), new Place(otherLevel, otherNumber), true);
    }

    private static List<Twin> both(boolean sameValue, Twin... pairs) {
        return Stream.of(pairs)
                .flatMap(pair -> Stream.of(
                        new Twin(pair.option(), pair.other(), sameValue),
                        new Twin(pair.other(), pair.option(), sameValue)))
                .toList();
    }

    /** Returns the twins that the policy does not limit. */
    public static List<Left> left(Policy policy, PolicyDiagrams diagrams) {
        return left(new Decisions(policy, diagrams));
    }

    static List<Left> left(Decisions decisions) {
        Optional<Node<Outcome>> root = decisions.at(Hook.SETSOCKOPT);
        return root.isEmpty()
                ? List.of()
                : ALL.stream()
                        .filter(twin -> leaves(twin, root.get(), decisions))
                        .flatMap(twin -> left(twin, decisions).stream())
                        .toList();
    }

    /** Returns whether some caller is limited at the option but not at the twin. */
    private static boolean leaves(Twin twin, Node<Outcome> root, Decisions decisions) {
        NodeTable<Boolean> forest = new NodeTable<>(decisions.order());
        Node<Boolean> limited = at(twin.option(), root, forest, OptionTwins::limits);
        Node<Boolean> free = at(twin.other(), root, forest, outcome -> !limits(outcome));
        if (!twin.sameValue()) {
            limited = new Somewhere(forest, values()).of(limited);
            free = new Somewhere(forest, values()).of(free);
        }
        return Reachable.meet(decisions.order(), limited, free);
    }

    private static Node<Boolean> at(
            Place place, Node<Outcome> root, NodeTable<Boolean> forest, Predicate<Outcome> condition) {
        Node<Boolean> node = forest.map(root, condition::test);
        return forest.restrict(forest.restrict(node, Variable.LEVEL, place.level()), Variable.OPTNAME, place.number());
    }

    private static Map<Variable, IntervalSet> values() {
        return Stream.of(Variable.OPTLEN, Variable.OPTVAL, Variable.SHORT_OPTVAL)
                .collect(Collectors.toMap(variable -> variable, Variable::possible));
    }

    /** Returns whether the option is denied, or set to another value than the caller gives. */
    private static boolean limits(Outcome outcome) {
        return !outcome.verdict().allows() || outcome.writes().stream().anyMatch(OptionTwins::assigns);
    }

    /** Returns whether the policy denies the option to some caller, or assigns its value. */
    static boolean limited(Place place, Decisions decisions) {
        return outcomes(place, decisions).stream().anyMatch(OptionTwins::limits);
    }

    private static boolean assigns(Effect effect) {
        return effect instanceof Effect.Assign assign && assign.field() == Field.OPTVAL;
    }

    private static Optional<Left> left(Twin twin, Decisions decisions) {
        List<RuleRef> limiting = outcomes(twin.option(), decisions).stream()
                .filter(OptionTwins::limits)
                .flatMap(outcome -> outcome.rules().stream()
                        .filter(rule -> !outcome.verdict().allows() || assigns(decisions.rule(rule))))
                .distinct()
                .sorted()
                .toList();
        List<Outcome> free = outcomes(twin.other(), decisions).stream()
                .filter(outcome -> !limits(outcome))
                .toList();
        List<RuleRef> allowing = free.stream()
                .flatMap(outcome -> outcome.rules().stream())
                .distinct()
                .sorted()
                .toList();
        boolean meant =
                free.stream().allMatch(outcome -> outcome.rules().stream().anyMatch(decisions::allowsByName));
        return limiting.stream().findFirst().map(rule -> new Left(twin.option(), twin.other(), rule, allowing, meant));
    }

    private static boolean assigns(Rule rule) {
        return rule.effects().stream().anyMatch(OptionTwins::assigns);
    }

    private static List<Outcome> outcomes(Place place, Decisions decisions) {
        Map<Variable, IntervalSet> box =
                Map.of(Variable.LEVEL, IntervalSet.of(place.level()), Variable.OPTNAME, IntervalSet.of(place.number()));
        return List.copyOf(decisions.outcomes(Hook.SETSOCKOPT, List.of(box)));
    }

    /**
     * Returns the name that policies use: `UDP_CORK`, or `136:1` for an option without a name of
     * its own.
     */
    public static String name(Place place) {
        return SocketOption.of(place.level(), place.number())
                .filter(option -> option.places().size() == 1)
                .map(SocketOption::name)
                .orElse(place.level() + ":" + place.number());
    }

    /** Returns a block of the policy language that denies these twins. */
    public static String denial(List<Left> left) {
        String options =
                left.stream().map(Left::other).distinct().map(OptionTwins::name).collect(Collectors.joining(", "));
        return "sockopt { deny if write and option in { " + options + " }; default allow }";
    }
}
