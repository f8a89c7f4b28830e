package org.ringwall.compiler.reference;

import java.util.List;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Verdict;

/**
 * What a policy says to a request.
 *
 * @param rules the denying rule, or those that allowed or added effects, in the order in which they were met and each
 *     once; none where the semantics allow by themselves or no block is asked
 * @param writes what happens once the request is allowed, in order; of several that write the same thing the last
 * @param records in source order
 * @param trace everything that was tried on the way
 */
public record Decision(
        Verdict verdict, List<RulePlace> rules, List<Effect> writes, List<Recorded> records, Trace trace) {
    public Decision {
        rules = List.copyOf(rules);
        writes = List.copyOf(writes);
        records = List.copyOf(records);
        if (!verdict.allows() && rules.size() != 1) {
            throw new IllegalArgumentException("one rule denies");
        }
        if (!verdict.allows() && !writes.isEmpty()) {
            throw new IllegalArgumentException("nothing is written for a request that is denied");
        }
    }
}
