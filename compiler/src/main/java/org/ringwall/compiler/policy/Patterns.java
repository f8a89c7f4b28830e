// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.ringwall.compiler.value.StringPattern;

/** The patterns that guards compare each string field with. */
public final class Patterns {
    private final Map<Field, SortedSet<StringPattern>> found = new EnumMap<>(Field.class);

    private Patterns() {}

    /** Returns the patterns of all rules of these blocks; fields without patterns are left out. */
    public static Map<Field, SortedSet<StringPattern>> of(List<Block> blocks) {
        Patterns patterns = new Patterns();
        blocks.forEach(block -> block.rules().forEach(rule -> patterns.collect(rule.guard())));
        return patterns.found;
    }

    /** Returns the string fields that a guard tests. */
    public static Set<Field> fields(Guard guard) {
        Patterns patterns = new Patterns();
        patterns.collect(guard);
        return patterns.found.keySet();
    }

    private void collect(Guard guard) {
        guard.atoms()
                .filter(Guard.Matches.class::isInstance)
                .map(Guard.Matches.class::cast)
                .filter(atom -> !atom.patterns().isEmpty())
                .forEach(atom -> found.computeIfAbsent(atom.field(), field -> new TreeSet<>())
                        .addAll(atom.patterns()));
    }
}
