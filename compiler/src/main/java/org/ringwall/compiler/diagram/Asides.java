package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.Rule;

/**
 * Rules that decide nothing, and what comes of each. In one diagram their effects multiply: every combination is an outcome of its own, so
 * that ten guards that ask about ten fields are a thousand outcomes. Told apart they are ten diagrams, which programs follow in turn.
 *
 * <p>One request sees one state of a live set, and takes one token: what asks about a set is asked in one diagram, and what asks about a rate stays in
 * what is decided. So does what is written where deciding rules write too, or elsewhere than at sock_ops.
 */
final class Asides {
    /** A program has a bit in its frame for each record, and for each thing that is written. */
    private static final int MOST_BITS = 240;

    /** And a number of eight bits for what is decided, with what is written for that. */
    private static final int MOST_OUTCOMES = 200;

    private final HookDiagram diagram;
    private final Hook hook;
    private final List<HookDiagram.Asked> blocks;
    private final Forest<Noted> forest;

    /** What is decided, and what comes beside it. */
    record Told(Node<Outcome> root, List<Node<Noted>> asides) {}

    Asides(HookDiagram diagram, Hook hook, List<HookDiagram.Asked> blocks) {
        this.diagram = diagram;
        this.hook = hook;
        this.blocks = blocks;
        this.forest = new Forest<>(
                diagram.booleans().forest().order(), diagram.booleans().forest().budget());
    }

    /** Empty where fewer than two rules can be told apart, or more than a program has room for. */
    Optional<Told> told() {
        Map<RuleRef, Rule> candidates = candidates(blocks);
        SortedMap<RuleRef, Node<Noted>> apart = new TreeMap<>();
        for (RuleRef rule : candidates.keySet()) {
            Set<RuleRef> others = new HashSet<>(candidates.keySet());
            others.remove(rule);
            Node<Noted> alone = forest.map(diagram.without(others, blocks), outcome -> Noted.of(rule, outcome));
            boolean somewhere = alone != forest.leaf(Noted.NOTHING);
            if (somewhere && Walk.topological(alone).stream().noneMatch(Asides::changes)) {
                apart.put(rule, alone);
            }
        }
        Node<Outcome> root = decided(apart);
        if (hook != Hook.SOCK_OPS
                || Walk.anyLeaf(root, outcome -> !outcome.writes().isEmpty())) {
            candidates.forEach((rule, of) -> {
                if (!of.writes().isEmpty()) {
                    apart.remove(rule);
                }
            });
            root = decided(apart);
        }
        return apart.size() > 1 && fits(root, apart, candidates)
                ? Optional.of(new Told(root, joined(List.copyOf(apart.values()))))
                : Optional.empty();
    }

    /** What is decided without the rules that are told apart, of which those are taken out that ask about a live set that is asked about here. */
    private Node<Outcome> decided(SortedMap<RuleRef, Node<Noted>> apart) {
        while (true) {
            Node<Outcome> root = diagram.without(Set.copyOf(apart.keySet()), blocks);
            Set<LiveSet> asked = liveSets(root);
            if (!apart.values().removeIf(aside -> !Collections.disjoint(liveSets(aside), asked))) {
                return root;
            }
        }
    }

    /** The rules that decide nothing, in source order. */
    static SortedMap<RuleRef, Rule> candidates(List<HookDiagram.Asked> blocks) {
        SortedMap<RuleRef, Rule> found = new TreeMap<>();
        for (HookDiagram.Asked asked : blocks) {
            for (int i = 0; i < asked.block().rules().size(); i++) {
                Rule rule = asked.block().rules().get(i);
                if ((rule.verdict().isEmpty() || rule.monitored())
                        && !rule.effects().isEmpty()) {
                    found.put(new RuleRef(asked.index(), i), rule);
                }
            }
        }
        return found;
    }

    /** Whether asking changes something, or is done behind everything else. */
    private static boolean changes(Node<?> node) {
        return node instanceof Node.Ask<?> ask
                && !(ask.predicate() instanceof Predicate.CompareParam || ask.predicate() instanceof Predicate.InLive);
    }

    private static Set<LiveSet> liveSets(Node<?> root) {
        Set<LiveSet> sets = new HashSet<>();
        for (Node<?> node : Walk.topological(root)) {
            if (node instanceof Node.Ask<?> ask && ask.predicate() instanceof Predicate.InLive live) {
                sets.add(live.set());
            }
        }
        return sets;
    }

    private static boolean fits(
            Node<Outcome> root, SortedMap<RuleRef, Node<Noted>> apart, Map<RuleRef, Rule> candidates) {
        Set<Object> outcomes = new HashSet<>();
        Set<Recording> records = new HashSet<>();
        Walk.leaves(root, outcome -> {
            outcomes.add(List.of(outcome.verdict(), outcome.writes()));
            records.addAll(outcome.records());
        });
        apart.values().forEach(aside -> Walk.leaves(aside, noted -> records.addAll(noted.records())));
        int writing = candidates.entrySet().stream()
                .filter(candidate -> apart.containsKey(candidate.getKey()))
                .mapToInt(candidate -> candidate.getValue().writes().size())
                .sum();
        return records.size() + writing <= MOST_BITS && outcomes.size() <= MOST_OUTCOMES;
    }

    /** Asides that ask about the same live set are one, and so are those that ask about the same fields where that makes no more tests. */
    private List<Node<Noted>> joined(List<Node<Noted>> asides) {
        List<Node<Noted>> joined = new ArrayList<>();
        for (Node<Noted> aside : asides) {
            Node<Noted> all = aside;
            for (Node<Noted> other : List.copyOf(joined)) {
                boolean sameSet = !Collections.disjoint(liveSets(other), liveSets(all));
                if (sameSet || variables(other).equals(variables(all))) {
                    Node<Noted> both = forest.combine(other, all, Noted::and);
                    if (sameSet || HookDecision.tests(both) <= HookDecision.tests(other) + HookDecision.tests(all)) {
                        joined.remove(other);
                        all = both;
                    }
                }
            }
            joined.add(all);
        }
        return joined;
    }

    private static Set<Variable> variables(Node<Noted> aside) {
        Set<Variable> variables = EnumSet.noneOf(Variable.class);
        for (Node<Noted> node : Walk.topological(aside)) {
            if (node instanceof Node.Split<Noted> split) {
                variables.add(split.variable());
            } else if (node instanceof Node.Ask<Noted> ask) {
                variables.addAll(ask.predicate().reads());
            }
        }
        return variables;
    }
}
