// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Section 4: the records of a request, in source order. */
final class Records {
    private final SortedMap<Source, BlockWalk.Entry> met = new TreeMap<>(
            Comparator.comparing(Source::block).thenComparing(Source::rule).thenComparing(Source::effect));

    /** One effect of one rule, which makes one record. */
    private record Source(int block, int rule, int effect) {}

    void add(BlockWalk walk) {
        for (BlockWalk.Entry entry : walk.entries()) {
            RulePlace place = entry.record().rule();
            met.putIfAbsent(new Source(place.block(), place.rule(), entry.index()), entry);
        }
    }

    /** Returns the records of an allowed request: all of them. */
    List<Recorded> ofAll() {
        return met.values().stream().map(BlockWalk.Entry::record).toList();
    }

    /**
     * Returns the records of a denied request, without those that require that an allowing rule has
     * the last word.
     */
    List<Recorded> ofDenial() {
        return met.values().stream()
                .filter(entry -> !entry.hasLastWord()
                        || !entry.record().verdict().orElseThrow().allows())
                .map(BlockWalk.Entry::record)
                .toList();
    }
}
