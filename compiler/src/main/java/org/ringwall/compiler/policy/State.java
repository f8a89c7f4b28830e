package org.ringwall.compiler.policy;

import java.util.List;

/** What a policy declares to keep, each in the order of the text. */
public record State(List<LiveSet> liveSets, List<Table> tables, List<Counter> counters, List<Rate> rates) {
    /** Nothing. */
    public static final State NONE = new State(List.of(), List.of(), List.of(), List.of());

    public State {
        liveSets = List.copyOf(liveSets);
        tables = List.copyOf(tables);
        counters = List.copyOf(counters);
        rates = List.copyOf(rates);
    }

    /** Whether there is nothing. */
    public boolean isEmpty() {
        return equals(NONE);
    }
}
