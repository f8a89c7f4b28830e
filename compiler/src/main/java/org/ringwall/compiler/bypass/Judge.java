// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SocketOption;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.NodeTable;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.report.ReachReport.Status;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/** The test of a policy's diagrams for one bypass: whether the policy closes it. */
public interface Judge {
    /** Returns the judgement for a policy that has the block. */
    Judgement judge(Block.Target block, Decisions decisions);

    /**
     * The kernel invokes these hooks during the bypass. It is closed if the policy uses all of
     * them.
     */
    record Invokes(List<Hook> hooks) implements Judge {
        public Invokes {
            hooks = List.copyOf(hooks);
        }

        @Override
        public Judgement judge(Block.Target block, Decisions decisions) {
            List<Hook> unused = decisions.unused(hooks);
            if (!unused.isEmpty()) {
                return new Judgement(
                        Status.OPEN, "the kernel invokes " + words(unused) + ", and the policy has no rules there");
            }
            List<Hook> alone = decisions.deniedAlone(block, hooks);
            return alone.isEmpty()
                    ? new Judgement(Status.CLOSED, "judged at " + words(hooks))
                    : new Judgement(
                            Status.OPEN,
                            "the kernel invokes " + words(hooks) + ", and `on " + words(alone)
                                    + "` denies at that hook alone");
        }

        private static String words(List<Hook> hooks) {
            return hooks.stream().map(Hook::word).collect(Collectors.joining(", "));
        }
    }

    /**
     * The bypass first needs a request that is in one of these boxes at one of these hooks. It is
     * closed if all such requests are denied. `thing` names the request in messages.
     */
    record Needs(List<Hook> hooks, List<Map<Variable, IntervalSet>> boxes, String thing) implements Judge {
        public Needs {
            hooks = List.copyOf(hooks);
            boxes = List.copyOf(boxes);
        }

        @Override
        public Judgement judge(Block.Target block, Decisions decisions) {
            if (!decisions.unused(hooks).isEmpty()) {
                return new Judgement(Status.OPEN, "no block judges " + thing);
            }
            List<Outcome> refused = new ArrayList<>();
            List<Outcome> allowed = new ArrayList<>();
            boolean own = true;
            for (Hook hook : hooks) {
                for (Outcome outcome : decisions.outcomes(hook, boxes)) {
                    boolean allows = outcome.verdict().allows();
                    (allows ? allowed : refused).add(outcome);
                    own &= !allows || decisions.saidSo(block, hook, hooks, outcome.rules());
                }
            }
            if (allowed.isEmpty()) {
                return judgement(Status.CLOSED, decisions, rules(refused), " is refused");
            }
            Status some = refused.isEmpty() ? Status.OPEN : Status.NARROWED;
            return judgement(own ? Status.ALLOWED : some, decisions, rules(allowed), " is allowed");
        }

        private Judgement judgement(Status status, Decisions decisions, List<RuleRef> rules, String what) {
            String by = rules.isEmpty() ? "" : " by " + decisions.text(rules);
            return new Judgement(status, thing + what + by, rules);
        }
    }

    /**
     * Two requests for the same thing. The bypass is open if some caller may make the broad
     * request but not the narrow one.
     */
    record Twin(Part broad, Part narrow) implements Judge {
        /** The requests of a hook in which these variables have these values. */
        record Part(Hook hook, Map<Variable, Long> values, String text) {
            Optional<Node<Outcome>> of(Decisions decisions, NodeTable<Outcome> forest) {
                return decisions.at(hook).map(root -> part(root, values, forest));
            }
        }

        @Override
        public Judgement judge(Block.Target block, Decisions decisions) {
            NodeTable<Outcome> forest = new NodeTable<>(decisions.order());
            Node<Outcome> allowing = forest.leaf(new Outcome(Verdict.ALLOW, List.of()));
            Node<Outcome> wide = broad.of(decisions, forest).orElse(allowing);
            Node<Outcome> slim = narrow.of(decisions, forest).orElse(allowing);
            List<Outcome> around = allowedBeside(wide, slim, Map.of(), decisions);
            if (around.isEmpty()) {
                return new Judgement(Status.CLOSED, "no caller may " + broad.text() + " who may not " + narrow.text());
            }
            List<RuleRef> rules = rules(around);
            String whose = rules.isEmpty() ? "" : ", by " + decisions.text(rules);
            return new Judgement(
                    Status.OPEN,
                    "a caller may " + broad.text() + whose + ", to whom `" + narrow.text() + "` is denied",
                    rules);
        }
    }

    /** The requests at a hook whose variables have values of these sets. */
    record Reach(Hook hook, Map<Variable, IntervalSet> box) {
        public Reach {
            box = Map.copyOf(box);
        }

        private Node<Boolean> somewhere(Decisions decisions, NodeTable<Boolean> forest, boolean allowed) {
            return decisions
                    .at(hook)
                    .map(root -> new Somewhere(forest, box)
                            .of(forest.map(root, outcome -> outcome.verdict().allows() == allowed)))
                    .orElseGet(() -> forest.leaf(allowed));
        }
    }

    /** One address or device that reaches several others, and those that it may reach. */
    record Group(Reach many, List<Reach> single) {
        public Group {
            single = List.copyOf(single);
        }
    }

    /**
     * An address or a device that means several. The bypass is open if some caller may use it but
     * not one of the others.
     *
     * @param text what the process does: `bind to 0.0.0.0 or [::]`
     * @param single what it is denied: `a single address`
     */
    record Many(List<Group> groups, String text, String single) implements Judge {
        public Many {
            groups = List.copyOf(groups);
        }

        @Override
        public Judgement judge(Block.Target block, Decisions decisions) {
            List<Hook> hooks =
                    groups.stream().map(group -> group.many().hook()).distinct().toList();
            List<RuleRef> allowing = new ArrayList<>();
            boolean open = false;
            boolean own = true;
            for (Group group : groups) {
                if (around(group, decisions)) {
                    open = true;
                    Reach many = group.many();
                    for (Outcome outcome : decisions.outcomes(many.hook(), List.of(many.box()))) {
                        if (outcome.verdict().allows()) {
                            allowing.addAll(outcome.rules());
                            own &= decisions.saidSo(block, many.hook(), hooks, outcome.rules());
                        }
                    }
                }
            }
            if (!open) {
                return new Judgement(Status.CLOSED, "no caller may " + text + " to whom " + single + " is denied");
            }
            List<RuleRef> rules = allowing.stream().distinct().sorted().toList();
            String by = rules.isEmpty() ? "" : ", by " + decisions.text(rules) + ",";
            return new Judgement(
                    own && !rules.isEmpty() ? Status.ALLOWED : Status.OPEN,
                    "a caller may " + text + by + " to whom " + single + " is denied",
                    rules);
        }

        private static boolean around(Group group, Decisions decisions) {
            NodeTable<Boolean> forest = new NodeTable<>(decisions.order());
            Node<Boolean> allowed = group.many().somewhere(decisions, forest, true);
            return group.single().stream()
                    .anyMatch(single ->
                            Reachable.meet(decisions.order(), allowed, single.somewhere(decisions, forest, false)));
        }
    }

    /** The kernel invokes every hook of the block during the bypass. */
    record InvokesAllHooks() implements Judge {
        @Override
        public Judgement judge(Block.Target block, Decisions decisions) {
            return new Invokes(block.hooks(false)).judge(block, decisions);
        }
    }

    /**
     * A bypass of `egress` that sends packets of these protocols. It is closed if `first` is
     * closed, or if packets are refused wherever the block denies.
     *
     * @param groups whether its sockets can send to multicast groups and broadcast addresses; then
     *     {@link LocalCopies} of what the block denies get through
     */
    record OrPackets(Judge first, IntervalSet protocols, boolean groups) implements Judge {
        @Override
        public Judgement judge(Block.Target block, Decisions decisions) {
            Judgement judgement = first.judge(block, decisions);
            PacketShadow shadow = new PacketShadow(decisions, protocols, PacketShadow.Side.REMOTE, false);
            if (!through(judgement) || !block.equals(Decisions.EGRESS) || !shadow.closes()) {
                return judgement;
            }
            return groups && new LocalCopies(decisions).denied(protocols)
                    ? new Judgement(Status.NARROWED, "skb_egress refuses the packets, but " + LocalCopies.REASON)
                    : new Judgement(Status.CLOSED, "skb_egress refuses every packet to what the address hooks deny");
        }
    }

    /**
     * A bypass of `bind` that sends from a local address or port. It is closed if `first` is
     * closed, or if packets of these protocols are refused wherever the block denies their source.
     * `whole` as in {@link PacketShadow}.
     */
    record OrSource(Judge first, IntervalSet protocols, boolean whole) implements Judge {
        @Override
        public Judgement judge(Block.Target block, Decisions decisions) {
            Judgement judgement = first.judge(block, decisions);
            PacketShadow shadow = new PacketShadow(decisions, protocols, PacketShadow.Side.LOCAL, whole);
            return through(judgement) && shadow.closes()
                    ? new Judgement(
                            Status.CLOSED, "skb_egress refuses every packet from where the block denies to bind")
                    : judgement;
        }
    }

    /**
     * A raw socket of any protocol sends packets of every protocol. The bypass is open if a caller
     * may create one although sock_create denies it sockets of some protocol, whatever their type,
     * unless skb_egress refuses packets of these protocols.
     */
    record AnyRaw() implements Judge {
        private static final Map<Variable, IntervalSet> RAW =
                Map.of(Variable.TYPE, numbers(3), Variable.PROTOCOL, Variable.PROTOCOL.possible());

        private static final Map<Variable, IntervalSet> ANY_TYPE = Map.of(Variable.TYPE, Variable.TYPE.possible());

        private static final Map<Variable, IntervalSet> ON_THE_WIRE =
                Map.of(Variable.PROTOCOL, IntervalSet.range(0, 255));

        @Override
        public Judgement judge(Block.Target block, Decisions decisions) {
            if (!around(decisions)) {
                return new Judgement(
                        Status.CLOSED, "no caller may make a raw socket to whom sockets of a protocol are denied");
            }
            IntervalSet every = IntervalSet.range(0, Variable.UNKNOWN_PROTOCOL);
            if (new PacketShadow(decisions, every, PacketShadow.Side.PROTOCOL, false).closes()) {
                return new Judgement(
                        Status.CLOSED, "skb_egress refuses packets of every protocol that no socket may have");
            }
            List<RuleRef> rules = rules(decisions.outcomes(Hook.SOCK_CREATE, List.of(RAW)).stream()
                    .filter(outcome -> outcome.verdict().allows())
                    .toList());
            String by = rules.isEmpty() ? "" : " by " + decisions.text(rules);
            return new Judgement(Status.OPEN, "a raw socket is allowed" + by + ", and sends every protocol", rules);
        }

        private static boolean around(Decisions decisions) {
            NodeTable<Boolean> forest = new NodeTable<>(decisions.order());
            Node<Boolean> allowed = decisions
                    .at(Hook.SOCK_CREATE)
                    .map(root -> forest.map(root, outcome -> outcome.verdict().allows()))
                    .orElseGet(() -> forest.leaf(true));
            Node<Boolean> raw = new Somewhere(forest, RAW).of(allowed);
            Node<Boolean> none = forest.map(new Somewhere(forest, ANY_TYPE).of(allowed), some -> !some);
            return Reachable.meet(decisions.order(), raw, new Somewhere(forest, ON_THE_WIRE).of(none));
        }
    }

    /**
     * Source-routed packets. The bypass is closed if skb_egress refuses all of them, including
     * packets that may be source routed.
     */
    record SourceRouted() implements Judge {
        private static final Map<Variable, IntervalSet> BOX = Map.of(Variable.PACKET_ROUTED, IntervalSet.range(1, 2));

        @Override
        public Judgement judge(Block.Target block, Decisions decisions) {
            if (decisions.at(Hook.SKB_EGRESS).isEmpty()) {
                return new Judgement(
                        Status.OPEN, "the address hooks see the last hop only, and no block judges packets");
            }
            List<Outcome> allowed = decisions.outcomes(Hook.SKB_EGRESS, List.of(BOX)).stream()
                    .filter(outcome -> outcome.verdict().allows())
                    .toList();
            if (allowed.isEmpty()) {
                return new Judgement(Status.CLOSED, "skb_egress refuses every source-routed packet");
            }
            List<RuleRef> rules = rules(allowed);
            String by = rules.isEmpty() ? "" : " by " + decisions.text(rules);
            return new Judgement(Status.OPEN, "skb_egress allows source-routed packets" + by, rules);
        }
    }

    /**
     * Packets from a denied address. The bypass is closed if skb_egress refuses every source that
     * the policy denies as a destination.
     */
    record ForgedSource() implements Judge {
        @Override
        public Judgement judge(Block.Target block, Decisions decisions) {
            return new SourceShadow(decisions).closes()
                    ? new Judgement(Status.CLOSED, "skb_egress refuses every packet from what the policy denies")
                    : new Judgement(
                            Status.OUTSIDE, "a packet may leave from an address that is denied as a destination");
        }
    }

    /**
     * Socket options whose values are too long for a single read. The bypass is open if a rule
     * tests their values.
     */
    record LongValue() implements Judge {
        private static final long MOST = 4096;

        @Override
        public Judgement judge(Block.Target block, Decisions decisions) {
            Optional<Node<Outcome>> root = decisions.at(Hook.SETSOCKOPT);
            if (root.isEmpty()) {
                return new Judgement(Status.OPEN, "the kernel invokes setsockopt, and the policy has no rules there");
            }
            NodeTable<Boolean> forest = new NodeTable<>();
            Node<Boolean> allows =
                    forest.map(root.get(), outcome -> outcome.verdict().allows());
            boolean tests = new Splits(Variable.OPTVAL).in(forest.restrict(allows, Variable.OPTLEN, MOST));
            return tests
                    ? new Judgement(Status.OPEN, "a rule tests the value of options that long")
                    : new Judgement(Status.CLOSED, "no rule tests the value of options that long");
        }
    }

    /**
     * The bypass first needs a write to one of these sysctls. It is closed if all such writes are
     * denied.
     */
    record SysctlWrites(List<String> names) implements Judge {
        public SysctlWrites {
            names = List.copyOf(names);
        }

        @Override
        public Judgement judge(Block.Target block, Decisions decisions) {
            List<Map<Variable, IntervalSet>> boxes = new ArrayList<>();
            for (String name : names) {
                Map<Variable, IntervalSet> box = new EnumMap<>(Variable.class);
                box.putAll(decisions.named(name));
                box.put(Variable.WRITE, IntervalSet.of(1));
                boxes.add(box);
            }
            return new Needs(List.of(Hook.SYSCTL), boxes, "writing these sysctls").judge(block, decisions);
        }
    }

    /**
     * A setting with several names. The bypass is open if some caller may use one name but not
     * another.
     */
    record Aliases(List<SysctlAliases.Alias> aliases) implements Judge {
        public Aliases {
            aliases = List.copyOf(aliases);
        }

        @Override
        public Judgement judge(Block.Target block, Decisions decisions) {
            Set<String> names = new LinkedHashSet<>();
            Set<String> denials = new LinkedHashSet<>();
            Set<Outcome> around = new LinkedHashSet<>();
            for (SysctlAliases.Alias each : aliases) {
                for (SysctlAliases.Alias alias : decisions.distinguished(each)) {
                    List<Outcome> allowing = around(alias, decisions);
                    if (!allowing.isEmpty()) {
                        names.add("`%s` reaches `%s`".formatted(alias.name(), alias.sets()));
                        denials.add(each.name());
                        around.addAll(allowing);
                    }
                }
            }
            if (names.isEmpty()) {
                return new Judgement(Status.CLOSED, "no name is allowed to a caller to whom another one is denied");
            }
            List<RuleRef> rules = rules(around);
            boolean own = !rules.isEmpty()
                    && around.stream()
                            .allMatch(outcome ->
                                    decisions.saidSo(block, Hook.SYSCTL, List.of(Hook.SYSCTL), outcome.rules()));
            String by = rules.isEmpty() ? "" : ", by " + decisions.text(rules);
            String found = names.stream().limit(2).collect(Collectors.joining(" and "));
            String more = names.size() > 2 ? " and " + (names.size() - 2) + " more" : "";
            return new Judgement(
                    own ? Status.ALLOWED : Status.OPEN,
                    found + more + by,
                    rules,
                    Optional.of(SysctlAliases.denial(denials, aliases)));
        }

        /**
         * Returns the outcomes that allow the alias to a caller to which the other name is denied.
         */
        private static List<Outcome> around(SysctlAliases.Alias alias, Decisions decisions) {
            Optional<Node<Outcome>> root = decisions.at(Hook.SYSCTL);
            boolean alike = decisions.named(alias.name()).equals(decisions.named(alias.sets()));
            if (root.isEmpty() || alike) {
                return List.of();
            }
            NodeTable<Outcome> forest = new NodeTable<>(decisions.order());
            return allowedBeside(
                    part(root.get(), values(alias.name(), decisions), forest),
                    part(root.get(), values(alias.sets(), decisions), forest),
                    alias.shows() ? Map.of() : Map.of(Variable.WRITE, IntervalSet.of(1)),
                    decisions);
        }

        private static Map<Variable, Long> values(String name, Decisions decisions) {
            return decisions.named(name).entrySet().stream()
                    .collect(Collectors.toMap(
                            Map.Entry::getKey,
                            known -> known.getValue().intervals().get(0).low().toLongExact()));
        }
    }

    /** A bypass of these options only. It is closed if the policy limits none of them. */
    record WhereLimited(List<SocketOption> options, Judge judge) implements Judge {
        public WhereLimited {
            options = List.copyOf(options);
        }

        @Override
        public Judgement judge(Block.Target block, Decisions decisions) {
            boolean limited = options.stream()
                    .flatMap(option -> option.places().stream())
                    .anyMatch(place -> OptionTwins.limited(place, decisions));
            return limited
                    ? judge.judge(block, decisions)
                    : new Judgement(Status.CLOSED, "the policy limits no option that it sets");
        }
    }

    /**
     * Options that set what a limited option sets. The bypass is open if a caller may set one of
     * them but not the limited one.
     */
    record OptionTwin() implements Judge {
        @Override
        public Judgement judge(Block.Target block, Decisions decisions) {
            if (decisions.at(Hook.SETSOCKOPT).isEmpty()) {
                return new Judgement(Status.CLOSED, "the policy denies no setsockopt");
            }
            List<OptionTwins.Left> left = OptionTwins.left(decisions);
            if (left.isEmpty()) {
                return new Judgement(Status.CLOSED, "no option is left that sets what a denied one sets");
            }
            List<OptionTwins.Left> unmeant =
                    left.stream().filter(twin -> !twin.meant()).toList();
            List<OptionTwins.Left> shown = unmeant.isEmpty() ? left : unmeant;
            String pairs = shown.stream()
                    .map(twin ->
                            "`" + OptionTwins.name(twin.other()) + "` for `" + OptionTwins.name(twin.option()) + "`")
                    .collect(Collectors.joining(", "));
            return new Judgement(
                    unmeant.isEmpty() ? Status.ALLOWED : Status.OPEN,
                    "allowed in place of what is denied: " + pairs,
                    shown.stream()
                            .flatMap(twin -> twin.allowing().stream())
                            .distinct()
                            .sorted()
                            .toList(),
                    Optional.of(OptionTwins.denial(shown)));
        }
    }

    /** No hook that can deny runs during the bypass. */
    record Unseen(String reason) implements Judge {
        @Override
        public Judgement judge(Block.Target block, Decisions decisions) {
            return new Judgement(Status.OUTSIDE, reason);
        }
    }

    /** Returns the part of a diagram in which these variables have these values. */
    private static Node<Outcome> part(Node<Outcome> root, Map<Variable, Long> values, NodeTable<Outcome> forest) {
        Node<Outcome> part = forest.map(root, outcome -> outcome);
        for (Map.Entry<Variable, Long> value : values.entrySet()) {
            part = forest.restrict(part, value.getKey(), value.getValue());
        }
        return part;
    }

    /** Returns the outcomes in the box that allow `wide` where `narrow` is denied. */
    private static List<Outcome> allowedBeside(
            Node<Outcome> wide, Node<Outcome> narrow, Map<Variable, IntervalSet> box, Decisions decisions) {
        List<Outcome> found = new ArrayList<>();
        Node<Boolean> denied = new NodeTable<Boolean>(decisions.order())
                .map(narrow, outcome -> !outcome.verdict().allows());
        Reachable.any(
                decisions.order(),
                wide,
                denied,
                box,
                outcome -> outcome.verdict().allows() && !found.add(outcome));
        return found;
    }

    /**
     * Returns whether something gets through, so that refusing packets can still close the bypass.
     */
    private static boolean through(Judgement judgement) {
        return switch (judgement.status()) {
            case OPEN, NARROWED, OUTSIDE -> true;
            case ALLOWED, CLOSED, NOT_APPLICABLE -> false;
        };
    }

    private static List<RuleRef> rules(Collection<Outcome> outcomes) {
        return outcomes.stream()
                .flatMap(outcome -> outcome.rules().stream())
                .distinct()
                .sorted()
                .toList();
    }

    /** Returns a judge for a bypass during which the kernel invokes these hooks. */
    static Judge invokes(Hook... hooks) {
        return new Invokes(List.of(hooks));
    }

    /**
     * Returns a judge for a bypass that needs a socket whose type and protocol are in one of these
     * boxes.
     */
    @SafeVarargs
    static Judge socket(String thing, Map<Variable, IntervalSet>... boxes) {
        return new Needs(List.of(Hook.SOCK_CREATE), List.of(boxes), thing);
    }

    /** Returns the box of sockets of these types and protocols. */
    static Map<Variable, IntervalSet> sockets(IntervalSet types, IntervalSet protocols) {
        return Map.of(Variable.TYPE, types, Variable.PROTOCOL, protocols);
    }

    /** Returns the set of these numbers. */
    static IntervalSet numbers(int... numbers) {
        List<Interval> each = new ArrayList<>();
        for (int number : numbers) {
            each.add(Interval.of(number, number));
        }
        return IntervalSet.of(each);
    }
}
