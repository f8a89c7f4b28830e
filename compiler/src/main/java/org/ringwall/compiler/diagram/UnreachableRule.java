// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A rule that never decides and whose effects never happen.
 *
 * @param instead the rules that decide where its guard holds, or some of them if they are many;
 *     empty if it never holds
 * @param addressesOnly whether the rule still applies, at socket creation, to sockets that no
 *     address hook judges
 */
public record UnreachableRule(SortedSet<RuleRef> instead, boolean addressesOnly) {
    public UnreachableRule {
        instead = Collections.unmodifiableSortedSet(new TreeSet<>(instead));
    }
}
