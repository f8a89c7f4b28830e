// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.List;

/** The declared state of a policy, each list in source order. */
public record State(List<LiveSet> liveSets, List<Table> tables, List<Counter> counters, List<Rate> rates) {
    /** No state. */
    public static final State NONE = new State(List.of(), List.of(), List.of(), List.of());

    public State {
        liveSets = List.copyOf(liveSets);
        tables = List.copyOf(tables);
        counters = List.copyOf(counters);
        rates = List.copyOf(rates);
    }

    /** Whether there is no state. */
    public boolean isEmpty() {
        return equals(NONE);
    }
}
