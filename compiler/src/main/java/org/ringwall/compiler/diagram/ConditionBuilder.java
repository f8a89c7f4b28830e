// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.function.Function;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.strings.StringClass;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.StringPattern;
import org.ringwall.compiler.value.U128;

/** Conditions as diagrams over true and false. */
final class ConditionBuilder {
    private static final int MOST_STEPS = 1_000;

    private final NodeTable<Boolean> forest;
    private final Node<Boolean> yes;
    private final Node<Boolean> no;
    private final Manner manner;
    private final Budget budget;
    private final Map<Variable, Classifier> strings;

    /**
     * Creates conditions at a hook with these string classifiers, in the usual order and without a
     * budget.
     */
    ConditionBuilder(Map<Variable, Classifier> strings) {
        this(strings, new Manner(TestOrder.PORTS_FIRST, RuleForm.DIAGRAM), Budget.unlimited());
    }

    /** The settings for building diagrams. */
    record Manner(TestOrder order, RuleForm form) {}

    /** Creates conditions with these settings and this budget. */
    ConditionBuilder(Map<Variable, Classifier> strings, Manner manner, Budget budget) {
        this.strings = strings;
        this.manner = manner;
        this.budget = budget;
        this.forest = forest();
        this.yes = forest.leaf(true);
        this.no = forest.leaf(false);
    }

    /** Returns how rules are combined. */
    RuleForm form() {
        return manner.form();
    }

    /** Returns whether the variable is the class of a string. */
    boolean isString(Variable variable) {
        return strings.containsKey(variable);
    }

    /** Returns the forest of the conditions. */
    NodeTable<Boolean> conditions() {
        return forest;
    }

    /** Returns a new forest for diagrams that are combined with these conditions. */
    <T> NodeTable<T> forest() {
        return new NodeTable<>(manner.order(), budget);
    }

    /** Returns the condition under which the diagram's value is wanted. */
    <T> Node<Boolean> where(Node<T> node, Function<T, Boolean> wanted) {
        return forest.map(node, wanted);
    }

    /**
     * Returns whether some request may satisfy both conditions. Returns true if the bounded walk
     * does not find out.
     */
    boolean meet(Node<Boolean> left, Node<Boolean> right) {
        return walk(left, right, both -> both);
    }

    /**
     * Passes the diagram's values where the condition holds to the action. Stops when the action
     * returns true or after 1,000 edges.
     *
     * @return whether the walk ended before all values were visited
     */
    <T> boolean walk(Node<T> node, Node<Boolean> condition, java.util.function.Predicate<T> action) {
        return new ConjunctionWalk<>(manner.order(), action, MOST_STEPS).walk(node, condition);
    }

    Node<Boolean> constant(boolean value) {
        return value ? yes : no;
    }

    Node<Boolean> not(Node<Boolean> node) {
        return forest.map(node, value -> !value);
    }

    Node<Boolean> and(Node<Boolean> left, Node<Boolean> right) {
        return left == no || right == no ? no : forest.combine(left, right, Boolean::logicalAnd);
    }

    Node<Boolean> or(Node<Boolean> left, Node<Boolean> right) {
        return left == yes || right == yes ? yes : forest.combine(left, right, Boolean::logicalOr);
    }

    /**
     * Returns the conjunction. Joins pairwise, so that the cost of a long list is about the size of
     * its diagram.
     */
    Node<Boolean> all(List<Node<Boolean>> nodes) {
        return Folds.balanced(nodes, this::and).orElse(yes);
    }

    /** Returns the disjunction, joined in the same way. */
    Node<Boolean> any(List<Node<Boolean>> nodes) {
        return Folds.balanced(nodes, this::or).orElse(no);
    }

    /**
     * Returns the condition that the variable is a member of the set. Ignores members beyond the
     * variable's maximum.
     */
    Node<Boolean> member(Variable variable, IntervalSet set) {
        List<Node.Edge<Boolean>> edges = new ArrayList<>();
        long from = 0;
        IntervalSet within = set.intersect(IntervalSet.range(0, variable.max()));
        for (Interval interval : within.intervals()) {
            long low = interval.low().toLongExact();
            if (low != from) {
                edges.add(new Node.Edge<>(low - 1, no));
            }
            edges.add(new Node.Edge<>(interval.high().toLongExact(), yes));
            from = interval.high().toLongExact() + 1;
        }
        if (edges.isEmpty() || edges.get(edges.size() - 1).high() != variable.max()) {
            edges.add(new Node.Edge<>(variable.max(), no));
        }
        return forest.split(variable, edges);
    }

    /**
     * Returns the condition that the string matches one of the patterns or, if `may`, that its
     * known part does not exclude a match.
     */
    Node<Boolean> matches(Variable variable, SortedSet<StringPattern> patterns, boolean may) {
        if (patterns.isEmpty()) {
            return no;
        }
        Classifier classifier = strings.get(variable);
        if (classifier == null) {
            throw new IllegalStateException("the patterns of " + variable + " were not collected");
        }
        List<Interval> held = new ArrayList<>();
        for (int number = 0; number < classifier.classes().size(); number++) {
            StringClass each = classifier.classes().get(number);
            boolean certain = anyOf(classifier, each.matched(), patterns);
            if (certain || may && anyOf(classifier, each.unknown(), patterns)) {
                boolean last = number + 1 == classifier.classes().size();
                held.add(Interval.of(number, last ? variable.max() : number));
            }
        }
        List<Node<Boolean>> tests = new ArrayList<>(List.of(member(variable, IntervalSet.of(held))));
        classifier
                .globs()
                .ifPresent(globs -> globs.bits().forEach((pattern, bit) -> {
                    if (patterns.contains(pattern)) {
                        tests.add(forest.test(new Predicate.GlobMatches(variable, pattern, bit, may), yes, no));
                    }
                }));
        return any(tests);
    }

    /** Returns the condition that the string is of the class with this number. */
    Node<Boolean> ofClass(Variable variable, int number) {
        Classifier classifier = strings.get(variable);
        if (classifier == null) {
            throw new IllegalStateException("the patterns of " + variable + " were not collected");
        }
        boolean last = number + 1 == classifier.classes().size();
        return member(variable, IntervalSet.of(List.of(Interval.of(number, last ? variable.max() : number))));
    }

    private static boolean anyOf(Classifier classifier, List<Integer> places, SortedSet<StringPattern> patterns) {
        return places.stream().map(place -> classifier.patterns().get(place)).anyMatch(patterns::contains);
    }

    /**
     * Returns the condition that the raw 128-bit address is a member. Tests the high half first,
     * then the low half if needed.
     */
    Node<Boolean> wideMember(IntervalSet set) {
        return wideMember(Variable.IP6_HIGH, Variable.IP6_LOW, set);
    }

    /** Returns the same condition for the address in these two variables. */
    Node<Boolean> wideMember(Variable high, Variable low, IntervalSet set) {
        Wide wide = new Wide(high, low);
        set.intervals().forEach(wide::add);
        return wide.node();
    }

    /** A diagram for one address in two variables. Intervals are added in ascending order. */
    private final class Wide {
        private final Variable highHalf;
        private final Variable lowHalf;
        private final List<Node.Edge<Boolean>> edges = new ArrayList<>();
        private final List<Interval> lows = new ArrayList<>();
        private long open;
        private boolean whole;

        Wide(Variable highHalf, Variable lowHalf) {
            this.highHalf = highHalf;
            this.lowHalf = lowHalf;
        }

        void add(Interval interval) {
            U128 low = interval.low();
            U128 high = interval.high();
            if (low.high() == high.high()) {
                within(low.high(), Interval.of(low.low(), high.low()));
                return;
            }
            within(low.high(), Interval.of(low.low(), -1L));
            if (high.high() - low.high() != 1) {
                close(low.high() + 1);
                edge(high.high() - 1, yes);
            }
            within(high.high(), Interval.of(0, high.low()));
        }

        /** Adds members with this high half and these low halves. */
        private void within(long half, Interval low) {
            if (lows.isEmpty() || open != half) {
                close(half);
                open = half;
            }
            lows.add(low);
        }

        /** Completes the current high half and excludes all high halves between it and `next`. */
        private void close(long next) {
            end();
            if (next != from()) {
                edge(next - 1, no);
            }
        }

        private void end() {
            if (!lows.isEmpty()) {
                edge(open, member(lowHalf, IntervalSet.of(lows)));
                lows.clear();
            }
        }

        private long from() {
            return edges.isEmpty() ? 0 : edges.get(edges.size() - 1).high() + 1;
        }

        private void edge(long high, Node<Boolean> child) {
            edges.add(new Node.Edge<>(high, child));
            whole |= high == -1L;
        }

        Node<Boolean> node() {
            end();
            if (!whole) {
                edge(-1L, no);
            }
            return forest.split(highHalf, edges);
        }
    }

    /**
     * Returns the diagram of a comparison with a param. Outside the param's declared range the
     * answer is constant, and the predicate is tested only inside. The diagram therefore holds for
     * every value of the param.
     */
    Node<Boolean> compare(Predicate.CompareParam predicate) {
        Param param = predicate.param();
        Node<Boolean> tested = forest.test(predicate, yes, no);
        return switch (predicate.comparison()) {
            case EQ -> between(predicate.variable(), param.min(), param.max(), no, tested);
            case LT -> param.max() == 0 ? no : between(predicate.variable(), param.min(), param.max() - 1, yes, tested);
            case LE -> between(predicate.variable(), param.min() + 1, param.max(), yes, tested);
            case NE, GT, GE -> throw new IllegalStateException("not canonical: " + predicate);
        };
    }

    /** Returns the condition that an entry of the live set covers these parts of a value. */
    Node<Boolean> inLive(LiveSet set, List<Variable> parts) {
        Variable last = parts.stream().max(Comparator.naturalOrder()).orElseThrow();
        List<Predicate.Part> read = new ArrayList<>();
        parts.forEach(part -> read.add(new Predicate.Part.Read(part)));
        return forest.test(new Predicate.InLive(set, last, read), yes, no);
    }

    private Node<Boolean> between(Variable variable, long low, long high, Node<Boolean> below, Node<Boolean> inside) {
        List<Node.Edge<Boolean>> edges = new ArrayList<>();
        if (low != 0) {
            edges.add(new Node.Edge<>(low - 1, below));
        }
        if (Long.compareUnsigned(low, high) <= 0) {
            edges.add(new Node.Edge<>(high, inside));
        }
        if (edges.get(edges.size() - 1).high() != variable.max()) {
            edges.add(new Node.Edge<>(variable.max(), no));
        }
        return forest.split(variable, edges);
    }
}
