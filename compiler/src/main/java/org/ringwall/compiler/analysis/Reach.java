// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.analysis;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ringwall.compiler.diagram.DiagramTraversal;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.NodeTable;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.report.ReachReport.HookReach;
import org.ringwall.compiler.report.ReachReport.Regions;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/**
 * A reader of the decision of a policy at one hook. The regions of one verdict are disjoint, and
 * their union is exact, except for device access 0, which only tests whether the device exists and
 * is always allowed. A destination "any" is in the region of the address that replaces it.
 */
public final class Reach {
    private Reach() {}

    /**
     * Reads the decision of a hook.
     *
     * @param limit the largest number of regions of each verdict, in the order of the diagram;
     *     regions of the same rules are joined afterwards
     */
    public static HookReach of(HookDecision decision, Policy policy, int limit) {
        Node<Outcome> root = new NodeTable<Outcome>().map(decision.root(), Outcome::withoutJudgedAs);
        RegionReader reader = new RegionReader(decision.hook(), decision.strings(), policy);
        return new HookReach(
                decision.hook().word(),
                regions(root, true, decision.strings(), limit, reader),
                regions(root, false, decision.strings(), limit, reader));
    }

    private static Regions regions(
            Node<Outcome> root, boolean allowed, Map<Variable, Classifier> strings, int limit, RegionReader reader) {
        Collector collector = new Collector(limit, strings, leading(root, allowed));
        collector.walk(root);
        return new Regions(!collector.cut, reader.read(collector.paths));
    }

    /** Returns the nodes from which a leaf with such a verdict can be reached. */
    private static Set<Node<Outcome>> leading(Node<Outcome> root, boolean allowed) {
        List<Node<Outcome>> nodes = new ArrayList<>(DiagramTraversal.topological(root));
        Collections.reverse(nodes);
        Set<Node<Outcome>> leading = new HashSet<>();
        for (Node<Outcome> node : nodes) {
            boolean leads = node instanceof Node.Leaf<Outcome> leaf
                    ? leaf.value().verdict().allows() == allowed
                    : DiagramTraversal.children(node).stream().anyMatch(leading::contains);
            if (leads) {
                leading.add(node);
            }
        }
        return leading;
    }

    private static final IntervalSet NO_ACCESS = IntervalSet.of(0);
    private static final IntervalSet READING = IntervalSet.of(0);

    private static final class Collector {
        private final int limit;
        private final List<DiagramPath> paths = new ArrayList<>();
        private final Map<Variable, IntervalSet> sets = new EnumMap<>(Variable.class);
        private final List<DiagramPath.Condition> conditions = new ArrayList<>();
        private final Map<Variable, Classifier> strings;
        private final Set<Node<Outcome>> leading;
        private boolean cut;

        Collector(int limit, Map<Variable, Classifier> strings, Set<Node<Outcome>> leading) {
            this.limit = limit;
            this.strings = strings;
            this.leading = leading;
        }

        void walk(Node<Outcome> node) {
            if (cut || !leading.contains(node)) {
                return;
            }
            if (node instanceof Node.Leaf<Outcome> leaf) {
                leaf(leaf.value());
            } else if (node instanceof Node.Split<Outcome> split) {
                split(split);
            } else if (node instanceof Node.PredicateTest<Outcome> test) {
                answer(test, true, test.yes());
                answer(test, false, test.no());
            }
        }

        private void leaf(Outcome outcome) {
            if (NO_ACCESS.equals(sets.getOrDefault(Variable.ACCESS, IntervalSet.EMPTY))) {
                return;
            }
            if (paths.size() == limit) {
                cut = true;
                return;
            }
            paths.add(new DiagramPath(sets, conditions, outcome));
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

        private void answer(Node.PredicateTest<Outcome> test, boolean holds, Node<Outcome> child) {
            conditions.add(new DiagramPath.Condition(test.predicate(), holds));
            walk(child);
            conditions.remove(conditions.size() - 1);
        }
    }
}
