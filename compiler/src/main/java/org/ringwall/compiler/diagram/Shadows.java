package org.ringwall.compiler.diagram;

import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.ringwall.compiler.policy.Policy;

/** Finds the rules that never have a say, over every hook at which their block is asked. */
final class Shadows {
    private final Policy policy;
    private final List<RuleWalk> walks;

    Shadows(Policy policy, List<RuleWalk> walks) {
        this.policy = policy;
        this.walks = walks;
    }

    Map<RuleRef, SortedSet<RuleRef>> find() {
        SortedSet<RuleRef> acting = new TreeSet<>();
        walks.forEach(walk -> acting.addAll(walk.acting()));
        Map<RuleRef, SortedSet<RuleRef>> shadowed = new TreeMap<>();
        for (int block = 0; block < policy.blocks().size(); block++) {
            int guarded = policy.blocks().get(block).guardedRules().size();
            for (int rule = 0; rule < guarded; rule++) {
                RuleRef ref = new RuleRef(block, rule);
                if (!acting.contains(ref)) {
                    shadowed.put(ref, instead(ref));
                }
            }
        }
        return shadowed;
    }

    private SortedSet<RuleRef> instead(RuleRef ref) {
        SortedSet<RuleRef> instead = new TreeSet<>();
        for (RuleWalk walk : walks) {
            if (walk.block() == ref.block()) {
                instead.addAll(walk.decidingWhere(ref.rule()));
            }
        }
        return instead;
    }
}
