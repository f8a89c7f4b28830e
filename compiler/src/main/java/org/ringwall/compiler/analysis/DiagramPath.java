// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.analysis;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.Predicate;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.value.IntervalSet;

/**
 * The requests that follow one path of a diagram: every variable is in its set, and every condition
 * has its answer. A variable without a set has any value.
 */
record DiagramPath(Map<Variable, IntervalSet> sets, List<Condition> conditions, Outcome outcome) {
    /** A predicate and its answer. */
    record Condition(Predicate predicate, boolean holds) {}

    DiagramPath {
        sets = copy(sets);
        conditions = List.copyOf(conditions);
    }

    private static Map<Variable, IntervalSet> copy(Map<Variable, IntervalSet> sets) {
        Map<Variable, IntervalSet> copy = new EnumMap<>(Variable.class);
        copy.putAll(sets);
        return Collections.unmodifiableMap(copy);
    }
}
