package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Destination;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.policy.Verdict;

/**
 * One block's ordered rules as a diagram over the atoms of one hook: the first rule with a verdict whose guard holds
 * decides, and those without one before it add their effects. The rules are overlaid pairwise, so that a long list costs
 * about what its diagram is large.
 */
final class RuleWalk {
    private final Forest<Walked> forest = new Forest<>();
    private final List<Node<Walked>> rules = new ArrayList<>();
    private final Node<Walked> whole;
    private final Block source;
    private final int block;
    private final Place place;

    /**
     * Where a block is walked.
     *
     * @param writing whether the request can be changed; where a socket is made whose remote end is unknown nothing is
     *     written, rules without a verdict are passed over, and nobody is redirected
     */
    record Place(Hook hook, boolean writing) {}

    RuleWalk(Block source, int block, Atoms atoms, Place place) {
        this.source = source;
        this.block = block;
        this.place = place;
        for (int i = 0; i < source.rules().size(); i++) {
            Rule rule = source.rules().get(i);
            boolean refuses =
                    rule.denies() || !place.writing() && redirection(rule).isPresent();
            Node<Boolean> guard = rule.guard().accept(new GuardDiagram(atoms, refuses));
            Node<Walked> held = held(rule, new RuleRef(block, i));
            rules.add(forest.combine(guard, held, (holds, walked) -> holds ? walked : Walked.NOWHERE));
        }
        whole = Folds.balanced(rules, this::overlay).orElseGet(() -> forest.leaf(Walked.NOWHERE));
    }

    private static Optional<Effect.Redirect> redirection(Rule rule) {
        return rule.effects().stream()
                .filter(Effect.Redirect.class::isInstance)
                .map(Effect.Redirect.class::cast)
                .findFirst();
    }

    /** What comes of a rule whose guard holds. */
    private Node<Walked> held(Rule rule, RuleRef ref) {
        if (rule.verdict().isEmpty()) {
            return forest.leaf(place.writing() ? walked(rule, ref, Optional.empty()) : Walked.NOWHERE);
        }
        Node<Walked> decided = redirection(rule)
                .map(redirect -> led(rule, ref, redirect.to()))
                .orElseGet(() -> forest.leaf(walked(rule, ref, rule.verdict())));
        if (rule.within().isEmpty()) {
            return decided;
        }
        Rule.Within within = rule.within().get();
        Node<Walked> without = forest.leaf(within.otherwise()
                .map(verdict -> Walked.of(rule, ref, Optional.of(verdict), false))
                .orElse(Walked.NOWHERE));
        boolean taken = !rule.monitored() && !source.monitored();
        return forest.ask(
                new Predicate.Token(ref, within.rate(), taken),
                forest.map(decided, walked -> taken ? walked.withToken(ref) : walked),
                without);
    }

    /** A rule that redirects denies where the hook cannot carry the destination, and where there is none. */
    private Node<Walked> led(Rule rule, RuleRef ref, Destination to) {
        Node<Walked> denied = forest.leaf(walked(rule, ref, Optional.of(Verdict.DENY)));
        if (!carries(to)) {
            return denied;
        }
        Node<Walked> led = forest.leaf(walked(rule, ref, rule.verdict()));
        boolean somewhere = !(to instanceof Destination.Looked looked)
                || looked.table().otherwise().isPresent();
        return somewhere
                ? led
                : forest.ask(new Predicate.HasEntry(ref, ((Destination.Looked) to).table()), led, denied);
    }

    private boolean carries(Destination to) {
        return place.writing()
                && switch (place.hook()) {
                    case CONNECT4, SENDMSG4 -> to.isV4();
                    case CONNECT6 -> true;
                    case SENDMSG6 -> !to.isV4();
                    default -> throw new IllegalStateException("nothing is redirected at " + place.hook());
                };
    }

    private Walked walked(Rule rule, RuleRef ref, Optional<Verdict> verdict) {
        return Walked.of(rule, ref, verdict, place.writing());
    }

    private Node<Walked> overlay(Node<Walked> first, Node<Walked> second) {
        return forest.combine(first, second, Walked::then);
    }

    /** The block's decision for every request. */
    Node<Outcome> decision(Forest<Outcome> target) {
        return target.map(whole, walked -> walked.outcome(source.monitored()));
    }

    /** The rules that have a say for some request. */
    SortedSet<RuleRef> acting() {
        return rulesOf(whole, walked -> walked.acting().stream());
    }

    /** The rules that decide where this rule's guard holds; empty if it holds nowhere. */
    SortedSet<RuleRef> decidingWhere(int rule) {
        Node<Walked> there =
                forest.combine(whole, rules.get(rule), (all, own) -> own.equals(Walked.NOWHERE) ? own : all);
        return rulesOf(there, walked -> walked.decider().stream());
    }

    private static SortedSet<RuleRef> rulesOf(Node<Walked> node, Function<Walked, Stream<RuleRef>> wanted) {
        SortedSet<RuleRef> found = new TreeSet<>();
        Walk.leaves(node, walked -> wanted.apply(walked).forEach(found::add));
        return found;
    }

    int block() {
        return block;
    }
}
