package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What comes of rules that decide nothing, beside what is decided.
 *
 * @param rules those whose writes, if they have any, are written, ascending
 * @param records that are made, also of rules that are monitored
 */
public record Noted(List<RuleRef> rules, List<Recording> records) {
    /** No such rule has a say. */
    public static final Noted NOTHING = new Noted(List.of(), List.of());

    public Noted {
        rules = List.copyOf(rules);
        records = List.copyOf(records);
    }

    /** What comes of the rule where a request has this outcome. */
    static Noted of(RuleRef rule, Outcome outcome) {
        List<Recording> records = outcome.records().stream()
                .filter(record -> record.rule().equals(rule))
                .toList();
        return new Noted(outcome.rules().contains(rule) ? List.of(rule) : List.of(), records);
    }

    /** What comes of both; they are of different rules. */
    Noted and(Noted other) {
        List<Recording> both = new ArrayList<>(records);
        both.addAll(other.records);
        TreeSet<RuleRef> all = new TreeSet<>(rules);
        all.addAll(other.rules);
        return new Noted(List.copyOf(all), both);
    }

    /** The first rule, in source order, of all that it is about. */
    public Optional<RuleRef> first() {
        return Stream.concat(rules.stream(), records.stream().map(Recording::rule))
                .min(RuleRef::compareTo);
    }

    @Override
    public String toString() {
        return records.isEmpty() ? rules.toString() : rules + " records " + records;
    }
}
