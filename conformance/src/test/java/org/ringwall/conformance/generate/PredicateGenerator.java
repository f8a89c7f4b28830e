// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;

/**
 * A generator of predicates: gives some guards a name, and reuses named ones in other rules with
 * the same fields.
 */
final class PredicateGenerator {
    private final RandomChoices choices;
    private final List<String> lines = new ArrayList<>();
    private final Map<List<Field>, List<Written<Guard>>> named = new HashMap<>();

    PredicateGenerator(RandomChoices choices) {
        this.choices = choices;
    }

    /** Returns the declarations of all predicates so far, one per line. */
    List<String> lines() {
        return List.copyOf(lines);
    }

    /**
     * Returns the guard, or the name of a predicate over the same fields: a new one with this
     * guard, or an earlier one.
     */
    Written<Guard> maybe(List<Field> fields, Supplier<Written<Guard>> guard) {
        List<Written<Guard>> before = named.getOrDefault(fields, List.of());
        if (!before.isEmpty() && choices.chance(8)) {
            return choices.oneOf(before);
        }
        Written<Guard> drawn = guard.get();
        if (drawn.text().isEmpty() || !choices.chance(6)) {
            return drawn;
        }
        Written<Guard> name = new Written<>("predicate" + lines.size(), drawn.value());
        lines.add("predicate " + name.text() + " = " + drawn.text());
        named.computeIfAbsent(List.copyOf(fields), key -> new ArrayList<>()).add(name);
        return name;
    }
}
