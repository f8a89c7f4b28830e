// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.strings;

import java.util.Comparator;
import java.util.List;

/**
 * The knowledge about a string: the patterns that it matches, by their indices, and those that its
 * known part does not decide. It matches none of the others.
 *
 * @param absent whether there is no string, so that no pattern matches
 */
public record StringClass(boolean absent, List<Integer> matched, List<Integer> unknown)
        implements Comparable<StringClass> {
    /** The class for an absent string. */
    public static final StringClass ABSENT = new StringClass(true, List.of(), List.of());

    private static final Comparator<List<Integer>> LISTS = (one, other) -> {
        for (int i = 0; i < Math.min(one.size(), other.size()); i++) {
            if (!one.get(i).equals(other.get(i))) {
                return Integer.compare(one.get(i), other.get(i));
            }
        }
        return Integer.compare(one.size(), other.size());
    };

    private static final Comparator<StringClass> ORDER = Comparator.comparing(StringClass::absent)
            .thenComparing(StringClass::unknown, LISTS)
            .thenComparing(StringClass::matched, LISTS);

    public StringClass {
        matched = List.copyOf(matched);
        unknown = List.copyOf(unknown);
    }

    @Override
    public int compareTo(StringClass other) {
        return ORDER.compare(this, other);
    }
}
