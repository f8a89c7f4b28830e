package org.ringwall.compiler.diagram;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A rule that never has a say.
 *
 * @param instead rules that decide where its guard holds, not all if they are many; none if it holds nowhere
 * @param addressesOnly true if it still refuses or allows sockets that no address hook judges, when they are made
 */
public record Shadow(SortedSet<RuleRef> instead, boolean addressesOnly) {
    public Shadow {
        instead = Collections.unmodifiableSortedSet(new TreeSet<>(instead));
    }
}
