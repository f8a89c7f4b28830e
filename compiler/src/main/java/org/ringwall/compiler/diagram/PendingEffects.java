// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The effects of rules without a verdict that are pending at a leaf of an effect diagram.
 *
 * @param rules the rules whose writes, if any, are made; ascending
 * @param records the records that are made, including those of monitored rules
 */
public record PendingEffects(List<RuleRef> rules, List<Recording> records) {
    /** No pending effects. */
    public static final PendingEffects NOTHING = new PendingEffects(List.of(), List.of());

    public PendingEffects {
        rules = List.copyOf(rules);
        records = List.copyOf(records);
    }

    /** Returns the effects of the rule in requests with this outcome. */
    static PendingEffects of(RuleRef rule, Outcome outcome) {
        List<Recording> records = outcome.records().stream()
                .filter(record -> record.rule().equals(rule))
                .toList();
        return new PendingEffects(outcome.rules().contains(rule) ? List.of(rule) : List.of(), records);
    }

    /** Returns the effects of both, which are of different rules. */
    PendingEffects and(PendingEffects other) {
        List<Recording> both = new ArrayList<>(records);
        both.addAll(other.records);
        TreeSet<RuleRef> all = new TreeSet<>(rules);
        all.addAll(other.rules);
        return new PendingEffects(List.copyOf(all), both);
    }

    /** Returns the first rule, in source order, that has an effect here. */
    public Optional<RuleRef> first() {
        return Stream.concat(rules.stream(), records.stream().map(Recording::rule))
                .min(RuleRef::compareTo);
    }

    @Override
    public String toString() {
        return text(RuleRef::toString);
    }

    /** Returns the effects as text, with these names of rules. */
    String text(Function<RuleRef, String> names) {
        List<String> named = rules.stream().map(names).toList();
        List<String> noted = records.stream().map(record -> record.text(names)).toList();
        return records.isEmpty() ? named.toString() : named + " records " + noted;
    }
}
