// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/**
 * The reason why a diagram is large, for the diagnostic alone. Rules that test several fields split
 * each field into ranges. If the ranges of a rule overlap those of many others, the numbers of
 * ranges multiply.
 */
public final class Product {
    private static final int MOST_SHARES = 3;

    private final Map<Field, TreeSet<U128>> ends = new EnumMap<>(Field.class);
    private final Map<Field, List<U128>> sorted = new EnumMap<>(Field.class);
    private final List<Share> shares = new ArrayList<>();

    /** A field and the number of ranges into which rules split it. */
    public record Factor(Field field, long ranges) {}

    /**
     * A rule that overlaps others.
     *
     * @param spans the number of ranges of each field that the rule covers, in the order of fields
     */
    public record Share(RuleRef rule, List<Factor> spans) {
        public Share {
            spans = List.copyOf(spans);
        }

        /** Returns the product of all spans. */
        public double size() {
            return spans.stream().mapToDouble(Factor::ranges).reduce(1, (one, other) -> one * other);
        }
    }

    private Product() {}

    /** Analyses all rules of the policy at the hook. */
    public static Product of(Policy policy, Hook hook) {
        Product product = new Product();
        List<Block> blocks = policy.blocks();
        blocks.stream()
                .filter(block -> block.hooks().contains(hook))
                .flatMap(block -> block.rules().stream())
                .forEach(rule -> product.collect(sets(rule)));
        product.ends.forEach((field, values) -> product.sorted.put(field, List.copyOf(values)));
        for (int block = 0; block < blocks.size(); block++) {
            List<Rule> rules = blocks.get(block).rules();
            for (int i = 0; i < rules.size() && blocks.get(block).hooks().contains(hook); i++) {
                product.share(new RuleRef(block, i), sets(rules.get(i)));
            }
        }
        product.shares.sort(Comparator.comparing(Share::size).reversed());
        return product;
    }

    /**
     * Returns the fields of rules that test several, with their numbers of ranges, largest first.
     */
    public List<Factor> factors() {
        return sorted.entrySet().stream()
                .map(entry -> new Factor(entry.getKey(), entry.getValue().size() + 1L))
                .sorted(Comparator.comparing(Factor::ranges).reversed())
                .toList();
    }

    /** Returns the few rules with the largest products, largest first. */
    public List<Share> shares() {
        return List.copyOf(shares.subList(0, Math.min(MOST_SHARES, shares.size())));
    }

    /** Returns the values of each field in a rule; the union if a field occurs twice. */
    private static Map<Field, IntervalSet> sets(Rule rule) {
        Map<Field, IntervalSet> sets = new EnumMap<>(Field.class);
        rule.guard().atoms().forEach(atom -> {
            if (atom instanceof Guard.In in) {
                sets.merge(in.field(), in.set(), IntervalSet::union);
            } else if (atom instanceof Guard.AddressIn in) {
                sets.merge(in.field(), Atoms.raw(in.set()), IntervalSet::union);
            }
        });
        return sets;
    }

    private void collect(Map<Field, IntervalSet> sets) {
        if (sets.size() > 1) {
            sets.forEach((field, set) -> {
                TreeSet<U128> values = ends.computeIfAbsent(field, none -> new TreeSet<>());
                for (Interval interval : set.intervals()) {
                    values.add(interval.low());
                    values.add(interval.high());
                }
            });
        }
    }

    private void share(RuleRef rule, Map<Field, IntervalSet> sets) {
        if (sets.size() > 1) {
            List<Factor> spans = new ArrayList<>();
            sets.forEach((field, set) -> spans.add(new Factor(
                    field,
                    set.intervals().stream()
                            .mapToLong(interval -> Math.max(1, inside(sorted.getOrDefault(field, List.of()), interval)))
                            .sum())));
            shares.add(new Share(rule, spans));
        }
    }

    private static long inside(List<U128> values, Interval interval) {
        return below(values, interval.high()) - below(values, interval.low());
    }

    private static long below(List<U128> values, U128 value) {
        int place = java.util.Collections.binarySearch(values, value);
        return place < 0 ? -place - 1 : place;
    }
}
