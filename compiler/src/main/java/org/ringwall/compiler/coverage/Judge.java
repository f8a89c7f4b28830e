package org.ringwall.compiler.coverage;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.Forest;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/** How the diagrams of a policy say whether a way around one of its blocks is closed. */
public sealed interface Judge {
    /** The judgement for a policy that has the block. */
    Judgement judge(Intent block, Decisions decisions);

    /** The kernel asks these hooks on the way: it is closed where all of them are asked. */
    record Asked(List<Hook> hooks) implements Judge {
        public Asked {
            hooks = List.copyOf(hooks);
        }

        @Override
        public Judgement judge(Intent block, Decisions decisions) {
            List<Hook> unasked = decisions.unasked(hooks);
            if (!unasked.isEmpty()) {
                return new Judgement(Status.OPEN, "it asks " + words(unasked) + ", and the policy does not");
            }
            List<Hook> alone = decisions.deniedAlone(block, hooks);
            return alone.isEmpty()
                    ? new Judgement(Status.CLOSED, "asked at " + words(hooks))
                    : new Judgement(
                            Status.OPEN,
                            "it asks " + words(hooks) + ", and `on " + words(alone) + "` denies there alone");
        }

        private static String words(List<Hook> hooks) {
            return hooks.stream().map(Hook::word).collect(Collectors.joining(", "));
        }
    }

    /**
     * A request of one of these boxes, at one of these hooks, comes before the way can be taken: it is closed where all of
     * them are denied. `thing` is what is asked for.
     */
    record Needs(List<Hook> hooks, List<Map<Variable, IntervalSet>> boxes, String thing) implements Judge {
        public Needs {
            hooks = List.copyOf(hooks);
            boxes = List.copyOf(boxes);
        }

        @Override
        public Judgement judge(Intent block, Decisions decisions) {
            if (!decisions.unasked(hooks).isEmpty()) {
                return new Judgement(Status.OPEN, "no block is asked about " + thing);
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
                return told(Status.CLOSED, decisions, rules(refused), " is refused");
            }
            Status some = refused.isEmpty() ? Status.OPEN : Status.NARROWED;
            return told(own ? Status.ALLOWED : some, decisions, rules(allowed), " is allowed");
        }

        private Judgement told(Status status, Decisions decisions, List<RuleRef> rules, String what) {
            String by = rules.isEmpty() ? "" : " by " + decisions.text(rules);
            return new Judgement(status, thing + what + by, rules);
        }
    }

    /**
     * Two requests for the same thing of which one may be denied: the way is open where the broad one is allowed to
     * a caller to whom the narrow one is denied.
     */
    record Twin(Part broad, Part narrow) implements Judge {
        /** The requests of a hook in which these variables have these values. */
        record Part(Hook hook, Map<Variable, Long> values, String text) {
            Optional<Node<Outcome>> of(Decisions decisions, Forest<Outcome> forest) {
                return decisions.at(hook).map(root -> {
                    Node<Outcome> part = forest.map(root, outcome -> outcome);
                    for (Map.Entry<Variable, Long> value : values.entrySet()) {
                        part = forest.restrict(part, value.getKey(), value.getValue());
                    }
                    return part;
                });
            }
        }

        @Override
        public Judgement judge(Intent block, Decisions decisions) {
            Forest<Outcome> forest = new Forest<>(decisions.diagrams().order());
            Node<Outcome> allowing = forest.leaf(new Outcome(Verdict.ALLOW, List.of()));
            Node<Outcome> wide = broad.of(decisions, forest).orElse(allowing);
            Node<Outcome> slim = narrow.of(decisions, forest).orElse(allowing);
            List<Outcome> around = new ArrayList<>();
            Forest<Optional<Outcome>> open = new Forest<>(decisions.diagrams().order());
            Node<Optional<Outcome>> both = open.combine(
                    wide,
                    slim,
                    (w, s) -> w.verdict().allows() && !s.verdict().allows() ? Optional.of(w) : Optional.empty());
            new Reachable<Optional<Outcome>>(Map.of(), leaf -> leaf.ifPresent(around::add)).visit(both);
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

    /** The requests at a hook whose variables lie in these sets. */
    record Reach(Hook hook, Map<Variable, IntervalSet> box) {
        public Reach {
            box = Map.copyOf(box);
        }

        private Node<Boolean> somewhere(Decisions decisions, Forest<Boolean> forest, boolean allowed) {
            return decisions
                    .at(hook)
                    .map(root -> new Somewhere(forest, box)
                            .of(forest.map(root, outcome -> outcome.verdict().allows() == allowed)))
                    .orElseGet(() -> forest.leaf(allowed));
        }
    }

    /** One address that reaches many, and the addresses that it may reach. */
    record Group(Reach many, List<Reach> single) {
        public Group {
            single = List.copyOf(single);
        }
    }

    /**
     * An address that means several: the way is open where it is allowed to a caller to whom one of the others is denied.
     *
     * @param text what the process does: `bind to 0.0.0.0 or [::]`
     */
    record Many(List<Group> groups, String text) implements Judge {
        public Many {
            groups = List.copyOf(groups);
        }

        @Override
        public Judgement judge(Intent block, Decisions decisions) {
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
                return new Judgement(Status.CLOSED, "no caller may " + text + " to whom a single address is denied");
            }
            List<RuleRef> rules = allowing.stream().distinct().sorted().toList();
            String by = rules.isEmpty() ? "" : ", by " + decisions.text(rules) + ",";
            return new Judgement(
                    own && !rules.isEmpty() ? Status.ALLOWED : Status.OPEN,
                    "a caller may " + text + by + " to whom a single address is denied",
                    rules);
        }

        private static boolean around(Group group, Decisions decisions) {
            Forest<Boolean> forest = new Forest<>(decisions.diagrams().order());
            Node<Boolean> allowed = group.many().somewhere(decisions, forest, true);
            for (Reach single : group.single()) {
                Node<Boolean> denied = single.somewhere(decisions, forest, false);
                List<Boolean> found = new ArrayList<>();
                new Reachable<Boolean>(Map.of(), found::add)
                        .visit(forest.combine(allowed, denied, (one, other) -> one && other));
                if (found.contains(true)) {
                    return true;
                }
            }
            return false;
        }
    }

    /** The kernel asks every hook of the block on the way. */
    record AskedOwn() implements Judge {
        @Override
        public Judgement judge(Intent block, Decisions decisions) {
            return new Asked(block.hooks()).judge(block, decisions);
        }
    }

    /**
     * A way around `egress` that packets of these protocols take: besides what `first` says, it is closed where packets
     * are refused wherever the block denies.
     */
    record OrPackets(Judge first, IntervalSet protocols) implements Judge {
        @Override
        public Judgement judge(Intent block, Decisions decisions) {
            Judgement judgement = first.judge(block, decisions);
            boolean through = switch (judgement.status()) {
                case OPEN, NARROWED, OUTSIDE -> true;
                case ALLOWED, CLOSED, NOT_APPLICABLE -> false;
            };
            return through && block == Intent.EGRESS && new PacketShadow(decisions, protocols).closes()
                    ? new Judgement(Status.CLOSED, "skb_egress refuses every packet to what the address hooks deny")
                    : judgement;
        }
    }

    /** Source-routed packets: closed where skb_egress refuses all of them, and all that may be. */
    record SourceRouted() implements Judge {
        private static final Map<Variable, IntervalSet> BOX = Map.of(Variable.PACKET_ROUTED, IntervalSet.range(1, 2));

        @Override
        public Judgement judge(Intent block, Decisions decisions) {
            if (decisions.at(Hook.SKB_EGRESS).isEmpty()) {
                return new Judgement(
                        Status.OPEN, "the address hooks are asked about the last hop, and no block judges packets");
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

    /** Packets from a denied address: closed where skb_egress refuses every source that the policy denies as a destination. */
    record ForgedSource() implements Judge {
        @Override
        public Judgement judge(Intent block, Decisions decisions) {
            return new SourceShadow(decisions).closes()
                    ? new Judgement(Status.CLOSED, "skb_egress refuses every packet from what the policy denies")
                    : new Judgement(
                            Status.OUTSIDE, "a packet may leave from an address that is denied as a destination");
        }
    }

    /** Values of socket options that are too long to be read once: open where a rule asks what they are. */
    record LongValue() implements Judge {
        private static final long MOST = 4096;

        @Override
        public Judgement judge(Intent block, Decisions decisions) {
            Optional<Node<Outcome>> root = decisions.at(Hook.SETSOCKOPT);
            if (root.isEmpty()) {
                return new Judgement(Status.OPEN, "it asks setsockopt, and the policy does not");
            }
            Forest<Boolean> forest = new Forest<>();
            Node<Boolean> allows =
                    forest.map(root.get(), outcome -> outcome.verdict().allows());
            boolean asks = new Splits(Variable.OPTVAL).in(forest.restrict(allows, Variable.OPTLEN, MOST));
            return asks
                    ? new Judgement(Status.OPEN, "a rule asks for the value of options that long")
                    : new Judgement(Status.CLOSED, "no rule asks for the value of options that long");
        }
    }

    /** No hook that can deny is asked on the way. */
    record Unseen(String reason) implements Judge {
        @Override
        public Judgement judge(Intent block, Decisions decisions) {
            return new Judgement(Status.OUTSIDE, reason);
        }
    }

    private static List<RuleRef> rules(Collection<Outcome> outcomes) {
        return outcomes.stream()
                .flatMap(outcome -> outcome.rules().stream())
                .distinct()
                .sorted()
                .toList();
    }

    /** The way is asked about at these hooks. */
    static Judge asked(Hook... hooks) {
        return new Asked(List.of(hooks));
    }

    /** The way needs a socket whose type and protocol lie in one of these boxes. */
    @SafeVarargs
    static Judge socket(String thing, Map<Variable, IntervalSet>... boxes) {
        return new Needs(List.of(Hook.SOCK_CREATE), List.of(boxes), thing);
    }

    /** Sockets of these types and protocols. */
    static Map<Variable, IntervalSet> sockets(IntervalSet types, IntervalSet protocols) {
        return Map.of(Variable.TYPE, types, Variable.PROTOCOL, protocols);
    }

    /** The set of these numbers. */
    static IntervalSet numbers(int... numbers) {
        List<Interval> each = new ArrayList<>();
        for (int number : numbers) {
            each.add(Interval.of(number, number));
        }
        return IntervalSet.of(each);
    }
}
