package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The effects of rules without a verdict that are pending at a leaf of an effect diagram.
 *
 * @param rules the rules whose writes, if any, are made; ascending
 * @param records the records that are made, including those of monitored rules
 */
public record Noted(List<RuleRef> rules, List<Recording> records) {
    /** No pending effects. */
    public static final Noted NOTHING = new Noted(List.of(), List.of());

    public Noted {
        rules = List.copyOf(rules);
        records = List.copyOf(records);
    }

    /** Returns the effects of the rule in requests with this outcome. */
    static Noted of(RuleRef rule, Outcome outcome) {
        List<Recording> records = outcome.records().stream()
                .filter(record -> record.rule().equals(rule))
                .toList();
        return new Noted(outcome.rules().contains(rule) ? List.of(rule) : List.of(), records);
    }

    /** Returns the effects of both, which are of different rules. */
    Noted and(Noted other) {
        List<Recording> both = new ArrayList<>(records);
        both.addAll(other.records);
        TreeSet<RuleRef> all = new TreeSet<>(rules);
        all.addAll(other.rules);
        return new Noted(List.copyOf(all), both);
    }

    /** Returns the first rule, in source order, that has an effect here. */
    public Optional<RuleRef> first() {
        return Stream.concat(rules.stream(), records.stream().map(Recording::rule))
                .min(RuleRef::compareTo);
    }

    @Override
    public String toString() {
        return records.isEmpty() ? rules.toString() : rules + " records " + records;
    }
}
