// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.samples;

import java.util.EnumSet;
import java.util.Set;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Policy;

/** A check of whether a policy reads the caller's identity. */
final class Identity {
    private static final Set<Field> IDS = EnumSet.of(Field.UID, Field.GID);

    private Identity() {}

    static boolean matters(Policy policy) {
        return policy.blocks().stream()
                .flatMap(block -> block.rules().stream())
                .anyMatch(rule -> readsIdentity(rule.guard()));
    }

    private static boolean readsIdentity(Guard guard) {
        if (guard instanceof Guard.In in) {
            return IDS.contains(in.field());
        } else if (guard instanceof Guard.CompareParam compare) {
            return IDS.contains(compare.field());
        } else if (guard instanceof Guard.Not not) {
            return readsIdentity(not.guard());
        } else if (guard instanceof Guard.And and) {
            return and.guards().stream().anyMatch(Identity::readsIdentity);
        }
        return guard instanceof Guard.Or or && or.guards().stream().anyMatch(Identity::readsIdentity);
    }
}
