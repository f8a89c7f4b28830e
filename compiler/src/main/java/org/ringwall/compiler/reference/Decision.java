// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.util.List;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Verdict;

/**
 * The decision of a policy about a request.
 *
 * @param rules the denying rule, or those that allowed or added effects, each once and in
 *     evaluation order; empty if the semantics allow the request by themselves or no block applies
 * @param writes the writes of an allowed request, in order; of several that write the same thing
 *     only the last
 * @param records the records in source order
 * @param trace all rules that were evaluated
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
