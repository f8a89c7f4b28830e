package org.ringwall.compiler.diagram;

import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    Map<RuleRef, Shadow> find() {
        SortedSet<RuleRef> acting = new TreeSet<>();
        SortedSet<RuleRef> refusing = new TreeSet<>();
        walks.forEach(walk -> (walk.ofUnknownEnd() ? refusing : acting).addAll(walk.acting()));
        Map<RuleRef, Shadow> shadowed = new TreeMap<>();
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
     * Where a socket is made a `deny` on the remote end refuses whatever rules above it say, since they are unknown there too. So
     * a rule that is asked about addresses must have a say there; one whose guard holds for none is about sockets.
     */
    private Optional<Shadow> shadow(RuleRef ref, boolean refuses) {
        SortedSet<RuleRef> instead = instead(ref, false);
        if (refuses) {
            return instead.isEmpty() ? Optional.empty() : Optional.of(new Shadow(instead, true));
        }
        instead.addAll(instead(ref, true));
        return Optional.of(new Shadow(instead, false));
    }

    private SortedSet<RuleRef> instead(RuleRef ref, boolean ofUnknownEnd) {
        SortedSet<RuleRef> instead = new TreeSet<>();
        for (RuleWalk walk : walks) {
            if (walk.block() == ref.block() && walk.ofUnknownEnd() == ofUnknownEnd) {
                instead.addAll(walk.decidingWhere(ref.rule()));
            }
        }
        return instead;
    }
}
