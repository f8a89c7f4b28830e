// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/**
 * Builder that combines rules of one block as {@link BitVectorClassifier} if the ranges of their
 * fields overlap. Of consecutive rules that have a verdict and test only numbers, the first match
 * is found in one step. All other rules are overlaid as usual.
 */
final class ClassifierBuilder {
    /** The maximum number of terms of one rule. */
    private static final int MOST_OF_RULE = 64;

    /** The maximum number of terms of one run: the rows of bits for them are in one section. */
    static final int MOST = 2_048;

    /**
     * Above this number of rules, none are combined, because each run needs a search of its own.
     */
    private static final int MOST_RULES = 8 * MOST;

    /**
     * The context structs of the hooks at which every field can be read without a test that it
     * exists.
     */
    private static final Set<ContextStruct> CONTEXTS = EnumSet.of(ContextStruct.SOCK_ADDR, ContextStruct.SOCK);

    private final ConditionBuilder booleans;
    private final BalancedMerge.Held held;
    private final int block;
    private final List<Node<Boolean>> segments = new ArrayList<>();
    private final List<BalancedMerge.Held> ends = new ArrayList<>();
    private final Map<Integer, SortedSet<RuleRef>> covered = new HashMap<>();

    /** Consecutive rules, and their terms. */
    private record Run(int from, int to, BitVectorClassifier terms) {}

    ClassifierBuilder(ConditionBuilder booleans, int block, BalancedMerge.Held held) {
        this.booleans = booleans;
        this.block = block;
        this.held = held;
    }

    /** Returns whether rules can be combined at this hook. */
    static boolean at(Hook hook) {
        return CONTEXTS.contains(hook.context());
    }

    /** Returns the combined result of rules with these guards. */
    Node<PartialOutcome> of(List<Node<Boolean>> guards) {
        if (guards.size() > MOST_RULES) {
            return new BalancedMerge(booleans).of(guards, held);
        }
        int rule = 0;
        while (rule < guards.size()) {
            Optional<Run> run = run(guards, rule);
            if (run.isPresent()) {
                add(run.get());
                rule = run.get().to();
            } else {
                segments.add(guards.get(rule));
                int alone = rule;
                ends.add((forest, segment) -> held.of(forest, alone));
                rule++;
            }
        }
        return new BalancedMerge(booleans)
                .of(segments, (forest, segment) -> ends.get(segment).of(forest, segment));
    }

    /** Returns the rules that cover this rule, so that it never decides; empty if it may decide. */
    Optional<SortedSet<RuleRef>> covering(int rule) {
        return Optional.ofNullable(covered.get(rule));
    }

    private void add(Run run) {
        BitSet all = new BitSet();
        all.set(0, run.terms().list().size());
        segments.add(booleans.<Boolean>forest()
                .test(new Predicate.FirstIn(run.terms(), all), booleans.constant(true), booleans.constant(false)));
        ends.add((forest, segment) -> decided(forest, run, run.from(), run.to()));
    }

    /** Returns a binary search for the rule that matched, given that one of them did. */
    private Node<PartialOutcome> decided(NodeTable<PartialOutcome> forest, Run run, int from, int to) {
        if (to - from == 1) {
            return held.of(forest, from);
        }
        int middle = (from + to) >>> 1;
        BitSet lower = run.terms().ofRules(from, middle);
        if (lower.isEmpty()) {
            return decided(forest, run, middle, to);
        }
        if (run.terms().ofRules(middle, to).isEmpty()) {
            return decided(forest, run, from, middle);
        }
        return forest.test(
                new Predicate.FirstIn(run.terms(), lower),
                decided(forest, run, from, middle),
                decided(forest, run, middle, to));
    }

    /**
     * Returns the longest run of rules from this one on that can be combined; empty if it has fewer
     * than two rules.
     */
    private Optional<Run> run(List<Node<Boolean>> guards, int from) {
        List<BitVectorClassifier.Term> terms = new ArrayList<>();
        int rule = from;
        for (; rule < guards.size() && terms.size() <= MOST - MOST_OF_RULE; rule++) {
            Optional<List<SortedMap<Variable, IntervalSet>>> of =
                    decides(rule) ? terms(guards.get(rule)) : Optional.empty();
            if (of.isEmpty()) {
                break;
            }
            add(terms, rule, of.get());
        }
        BitVectorClassifier together = new BitVectorClassifier(terms);
        boolean fits =
                rule - from > 1 && !terms.isEmpty() && TermGroups.of(together).isPresent();
        return fits ? Optional.of(new Run(from, rule, together)) : Optional.empty();
    }

    /** Adds the terms of a rule that no earlier term covers. */
    private void add(List<BitVectorClassifier.Term> terms, int rule, List<SortedMap<Variable, IntervalSet>> more) {
        RuleRef ref = new RuleRef(block, rule);
        SortedSet<RuleRef> before = new TreeSet<>();
        int kept = 0;
        for (SortedMap<Variable, IntervalSet> where : more) {
            BitVectorClassifier.Term term = new BitVectorClassifier.Term(ref, where);
            Optional<BitVectorClassifier.Term> covers =
                    terms.stream().filter(earlier -> earlier.covers(term)).findFirst();
            if (covers.isEmpty()) {
                terms.add(term);
                kept++;
            } else {
                before.add(covers.get().rule());
            }
        }
        if (kept == 0) {
            before.remove(ref);
            covered.put(rule, before);
        }
    }

    /** Returns whether the rule has a verdict wherever its guard holds. */
    private boolean decides(int rule) {
        NodeTable<PartialOutcome> forest = booleans.forest();
        List<PartialOutcome> leaves = new ArrayList<>();
        DiagramTraversal.leaves(held.of(forest, rule), leaves::add);
        return leaves.stream().allMatch(walked -> walked.verdict().isPresent());
    }

    /**
     * Returns the terms of a guard; edges of one split with the same child become one term. Empty
     * if the guard tests anything but numbers, or has too many terms.
     */
    private Optional<List<SortedMap<Variable, IntervalSet>>> terms(Node<Boolean> guard) {
        if (guard instanceof Node.Leaf<Boolean> leaf) {
            return Optional.of(leaf.value() ? List.of(new TreeMap<>()) : List.of());
        }
        if (!(guard instanceof Node.Split<Boolean> split) || booleans.isString(split.variable())) {
            return Optional.empty();
        }
        Map<Node<Boolean>, List<Interval>> byChild = new LinkedHashMap<>();
        long low = 0;
        for (Node.Edge<Boolean> edge : split.edges()) {
            byChild.computeIfAbsent(edge.child(), child -> new ArrayList<>()).add(Interval.of(low, edge.high()));
            low = edge.high() + 1;
        }
        List<SortedMap<Variable, IntervalSet>> all = new ArrayList<>();
        for (Map.Entry<Node<Boolean>, List<Interval>> entry : byChild.entrySet()) {
            Optional<List<SortedMap<Variable, IntervalSet>>> below = terms(entry.getKey());
            if (below.isEmpty() || all.size() + below.get().size() > MOST_OF_RULE) {
                return Optional.empty();
            }
            for (SortedMap<Variable, IntervalSet> term : below.get()) {
                term.put(split.variable(), IntervalSet.of(entry.getValue()));
                all.add(term);
            }
        }
        return Optional.of(all);
    }
}
