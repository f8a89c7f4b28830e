// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.analysis;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.NodeTable;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.NamedSet;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/**
 * The requests that a policy allows at one hook: the regions whose outcome is `allow`. They are
 * disjoint and together exact, except for device access 0, which only tests whether the device
 * exists and is always allowed. A destination "any" is in the region of the address that replaces
 * it. `complete` is false if there were more regions than requested.
 */
public record Reach(Hook hook, List<Region> allowed, Map<Variable, Classifier> strings, boolean complete) {
    public Reach {
        allowed = List.copyOf(allowed);
        strings = Map.copyOf(strings);
    }

    /** The first `limit` allowed regions, in the order of the diagram. */
    public static Reach of(HookDecision decision, int limit) {
        Collector collector = new Collector(limit, decision.strings());
        collector.walk(new NodeTable<Outcome>().map(decision.root(), Outcome::withoutJudgedAs));
        return new Reach(decision.hook(), collector.regions, decision.strings(), !collector.cut);
    }

    /**
     * Returns the allowed regions in words.
     *
     * @param sets the sets of the policy, whose names stand for their members
     */
    public List<String> words(List<NamedSet> sets) {
        return new RegionPrinter(strings, sets).print(allowed);
    }

    private static final IntervalSet NO_ACCESS = IntervalSet.of(0);
    private static final IntervalSet READING = IntervalSet.of(0);

    private static final class Collector {
        private final int limit;
        private final List<Region> regions = new ArrayList<>();
        private final Map<Variable, IntervalSet> sets = new EnumMap<>(Variable.class);
        private final List<Region.Condition> conditions = new ArrayList<>();
        private final Map<Variable, Classifier> strings;
        private boolean cut;

        Collector(int limit, Map<Variable, Classifier> strings) {
            this.limit = limit;
            this.strings = strings;
        }

        void walk(Node<Outcome> node) {
            if (cut) {
                return;
            }
            if (node instanceof Node.Leaf<Outcome> leaf) {
                leaf(leaf.value());
            } else if (node instanceof Node.Split<Outcome> split) {
                split(split);
            } else if (node instanceof Node.Ask<Outcome> ask) {
                answer(ask, true, ask.yes());
                answer(ask, false, ask.no());
            }
        }

        private void leaf(Outcome outcome) {
            if (!outcome.verdict().allows()
                    || NO_ACCESS.equals(sets.getOrDefault(Variable.ACCESS, IntervalSet.EMPTY))) {
                return;
            }
            if (regions.size() == limit) {
                cut = true;
                return;
            }
            regions.add(new Region(sets, conditions, outcome));
        }

        private void split(Node.Split<Outcome> split) {
            Map<Node<Outcome>, List<Interval>> children = new LinkedHashMap<>();
            long low = 0;
            for (Node.Edge<Outcome> edge : split.edges()) {
                children.computeIfAbsent(edge.child(), child -> new ArrayList<>())
                        .add(Interval.of(low, edge.high()));
                low = edge.high() + 1;
            }
            children.forEach((child, intervals) -> {
                IntervalSet set = possible(split.variable(), IntervalSet.of(intervals));
                if (set.isEmpty()) {
                    return;
                }
                if (isNeverWritten(split.variable())) {
                    walk(child);
                } else {
                    sets.put(split.variable(), set);
                    walk(child);
                    sets.remove(split.variable());
                }
            });
        }

        /** A read has no new value, and a write has one, known or not. */
        private IntervalSet possible(Variable variable, IntervalSet set) {
            Classifier classifier = strings.get(variable);
            if (variable != Variable.NEW_VALUE || classifier == null || !sets.containsKey(Variable.WRITE)) {
                return set.intersect(variable.possible());
            }
            IntervalSet absent = IntervalSet.of(classifier.absent());
            return isNeverWritten(variable) ? set.intersect(absent) : set.minus(absent);
        }

        private boolean isNeverWritten(Variable variable) {
            return variable == Variable.NEW_VALUE
                    && READING.equals(sets.getOrDefault(Variable.WRITE, IntervalSet.EMPTY));
        }

        private void answer(Node.Ask<Outcome> ask, boolean holds, Node<Outcome> child) {
            conditions.add(new Region.Condition(ask.predicate(), holds));
            walk(child);
            conditions.remove(conditions.size() - 1);
        }
    }
}
