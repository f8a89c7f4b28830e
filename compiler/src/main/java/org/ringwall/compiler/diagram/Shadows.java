// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.ringwall.compiler.policy.Policy;

/** A search for shadowed rules, over every hook at which their block is evaluated. */
final class Shadows {
    private final Policy policy;
    private final List<BlockDiagramBuilder> walks;

    Shadows(Policy policy, List<BlockDiagramBuilder> walks) {
        this.policy = policy;
        this.walks = walks;
    }

    Map<RuleRef, UnreachableRule> find() {
        SortedSet<RuleRef> acting = new TreeSet<>();
        SortedSet<RuleRef> refusing = new TreeSet<>();
        walks.forEach(walk -> (walk.ofUnknownEnd() ? refusing : acting).addAll(walk.acting()));
        Map<RuleRef, UnreachableRule> shadowed = new TreeMap<>();
        for (int block = 0; block < policy.blocks().size(); block++) {
            int guarded = policy.blocks().get(block).guardedRules().size();
            for (int rule = 0; rule < guarded; rule++) {
                RuleRef ref = new RuleRef(block, rule);
                if (!acting.contains(ref)) {
                    shadow(ref, refusing.contains(ref)).ifPresent(shadow -> shadowed.put(ref, shadow));
                }
            }
        }
        return shadowed;
    }

    /**
     * Returns the shadow of a rule. At socket creation, a `deny` on the remote end denies whatever
     * earlier rules say, because these are unknown there too. A rule whose guard can hold at
     * address hooks must therefore act there. A rule whose guard never holds there is about
     * sockets.
     */
    private Optional<UnreachableRule> shadow(RuleRef ref, boolean refuses) {
        SortedSet<RuleRef> instead = instead(ref, false);
        if (refuses) {
            return instead.isEmpty() ? Optional.empty() : Optional.of(new UnreachableRule(instead, true));
        }
        instead.addAll(instead(ref, true));
        return Optional.of(new UnreachableRule(instead, false));
    }

    private SortedSet<RuleRef> instead(RuleRef ref, boolean ofUnknownEnd) {
        SortedSet<RuleRef> instead = new TreeSet<>();
        for (BlockDiagramBuilder walk : walks) {
            if (walk.block() == ref.block() && walk.ofUnknownEnd() == ofUnknownEnd) {
                instead.addAll(walk.decidingWhere(ref.rule()));
            }
        }
        return instead;
    }
}
