// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.LongStream;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/**
 * An ordered list of conditions on the intervals of variables, of which the first that holds
 * decides. Terms replace rules whose diagram would be too large, because it would repeat each
 * variable's intervals for those of every other variable.
 */
public final class BitVectorClassifier implements Comparable<BitVectorClassifier> {
    static final BitVectorClassifier EMPTY = new BitVectorClassifier(List.of());

    /**
     * The maximum number of intervals of a set that is compared with others, because every term is
     * compared with all earlier ones.
     */
    private static final int SHORT = 16;

    private final List<Term> list;
    private final int hash;

    /**
     * One condition.
     *
     * @param rule the rule that the condition is part of; a rule may have several
     * @param where the values that each variable may have; always true if empty
     */
    public record Term(RuleRef rule, SortedMap<Variable, IntervalSet> where) implements Comparable<Term> {
        public Term {
            where = Collections.unmodifiableSortedMap(new TreeMap<>(where));
        }

        /**
         * Returns whether this term is known to hold wherever the other one does. Returns false for
         * long lists.
         */
        boolean covers(Term other) {
            for (Map.Entry<Variable, IntervalSet> entry : where.entrySet()) {
                IntervalSet narrower = other.where.get(entry.getKey());
                if (narrower == null || !covers(entry.getValue(), narrower)) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public int compareTo(Term other) {
            int byRule = rule.compareTo(other.rule);
            return byRule != 0 ? byRule : Arrays.compare(numbers(), other.numbers());
        }

        /** Returns each variable, the number of its intervals, and their bounds. */
        private long[] numbers() {
            LongStream.Builder numbers = LongStream.builder();
            where.forEach((variable, set) -> {
                numbers.add(variable.ordinal()).add(set.intervals().size());
                for (Interval each : set.intervals()) {
                    numbers.add(each.low().high()).add(each.low().low());
                    numbers.add(each.high().high()).add(each.high().low());
                }
            });
            return numbers.build().toArray();
        }

        private static boolean covers(IntervalSet set, IntervalSet narrower) {
            return set.intervals().size() <= SHORT
                    && narrower.intervals().size() <= SHORT
                    && narrower.intervals().stream()
                            .allMatch(each -> set.intervals().stream()
                                    .anyMatch(around -> around.low().compareTo(each.low()) <= 0
                                            && around.high().compareTo(each.high()) >= 0));
        }
    }

    /** The terms that remain once some values are known, and their indices in the original list. */
    record Left(BitVectorClassifier terms, List<Integer> places) {}

    /** Creates a list of terms. */
    public BitVectorClassifier(List<Term> list) {
        this.list = List.copyOf(list);
        this.hash = this.list.hashCode();
    }

    /** Returns the terms in order. */
    public List<Term> list() {
        return list;
    }

    /** Returns the variables of all terms, in their order. */
    public Set<Variable> variables() {
        Set<Variable> all = EnumSet.noneOf(Variable.class);
        list.forEach(term -> all.addAll(term.where().keySet()));
        return all;
    }

    /**
     * Returns the index of the first term that holds for these values, or the number of terms if
     * none does.
     */
    public int first(ToLongFunction<Variable> values) {
        for (int i = 0; i < list.size(); i++) {
            boolean holds = list.get(i).where().entrySet().stream()
                    .allMatch(entry -> entry.getValue().contains(values.applyAsLong(entry.getKey())));
            if (holds) {
                return i;
            }
        }
        return list.size();
    }

    /**
     * Returns the terms that may hold, without the parts that are known to hold. Omits terms after
     * one that always holds.
     */
    Left where(Map<Variable, Restrict.Range> known) {
        List<Term> left = new ArrayList<>();
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            Optional<Term> narrow = narrow(list.get(i), known);
            if (narrow.isPresent()) {
                left.add(narrow.get());
                places.add(i);
                if (narrow.get().where().isEmpty()) {
                    break;
                }
            }
        }
        return new Left(new BitVectorClassifier(left), places);
    }

    private static Optional<Term> narrow(Term term, Map<Variable, Restrict.Range> known) {
        SortedMap<Variable, IntervalSet> where = new TreeMap<>(term.where());
        for (Map.Entry<Variable, Restrict.Range> entry : known.entrySet()) {
            IntervalSet set = where.get(entry.getKey());
            if (set != null) {
                Restrict.Range range = entry.getValue();
                IntervalSet possible = IntervalSet.of(new Interval(U128.of(range.low()), U128.of(range.high())));
                if (set.intersect(possible).isEmpty()) {
                    return Optional.empty();
                }
                if (possible.minus(set).isEmpty()) {
                    where.remove(entry.getKey());
                }
            }
        }
        return Optional.of(new Term(term.rule(), where));
    }

    /** Returns the indices of the terms of rules `from` (inclusive) to `to` (exclusive). */
    BitSet ofRules(int from, int to) {
        BitSet members = new BitSet(list.size());
        for (int i = 0; i < list.size(); i++) {
            int rule = list.get(i).rule().rule();
            members.set(i, rule >= from && rule < to);
        }
        return members;
    }

    /** An order without a meaning of its own; only equal lists compare as equal. */
    @Override
    public int compareTo(BitVectorClassifier other) {
        if (other == this) {
            return 0;
        }
        for (int i = 0; i < Math.min(list.size(), other.list.size()); i++) {
            int difference = list.get(i).compareTo(other.list.get(i));
            if (difference != 0) {
                return difference;
            }
        }
        return Integer.compare(list.size(), other.list.size());
    }

    @Override
    public boolean equals(Object other) {
        return other == this
                || other instanceof BitVectorClassifier terms && terms.hash == hash && terms.list.equals(list);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return list.size() + " terms of " + variables();
    }
}
