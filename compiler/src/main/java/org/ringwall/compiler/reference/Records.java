package org.ringwall.compiler.reference;

import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Section 4: which records of a request happen, in source order. */
final class Records {
    private final SortedMap<Source, BlockWalk.Entry> met = new TreeMap<>(
            Comparator.comparing(Source::block).thenComparing(Source::rule).thenComparing(Source::effect));

    /** One effect of one rule, which happens once. */
    private record Source(int block, int rule, int effect) {}

    void add(BlockWalk walk) {
        for (BlockWalk.Entry entry : walk.entries()) {
            RulePlace place = entry.record().rule();
            met.putIfAbsent(new Source(place.block(), place.rule(), entry.index()), entry);
        }
    }

    /** Of a request that all allow: all. */
    List<Recorded> ofAll() {
        return met.values().stream().map(BlockWalk.Entry::record).toList();
    }

    /** Of one that is denied: no rule that allowed has the last word. */
    List<Recorded> ofDenial() {
        return met.values().stream()
                .filter(entry -> !entry.hasLastWord()
                        || !entry.record().verdict().orElseThrow().allows())
                .map(BlockWalk.Entry::record)
                .toList();
    }
}
