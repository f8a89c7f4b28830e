package org.ringwall.compiler.reference;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Section 4: which records of a request happen. */
final class Records {
    private final List<BlockWalk.Entry> met = new ArrayList<>();
    private final Set<Source> seen = new HashSet<>();

    /** One effect of one rule, which happens once. */
    private record Source(RulePlace rule, int effect) {}

    void add(BlockWalk walk) {
        for (BlockWalk.Entry entry : walk.entries()) {
            if (seen.add(new Source(entry.record().rule(), entry.index()))) {
                met.add(entry);
            }
        }
    }

    /** Of a request that all allow: all. */
    List<Recorded> ofAll() {
        return met.stream().map(BlockWalk.Entry::record).toList();
    }

    /** Of one that is denied: no rule that allowed has the last word. */
    List<Recorded> ofDenial() {
        return met.stream()
                .filter(entry -> !entry.hasLastWord()
                        || !entry.record().verdict().orElseThrow().allows())
                .map(BlockWalk.Entry::record)
                .toList();
    }
}
