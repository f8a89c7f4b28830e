package org.ringwall.compiler.reference;

import java.util.List;
import org.ringwall.compiler.policy.Verdict;

/**
 * What a policy says to a request.
 *
 * @param rules the denying rule, or those that allowed, in the order in which they were met and each once; none where
 *     the semantics allow by themselves or no block is asked
 * @param trace everything that was tried on the way
 */
public record Decision(Verdict verdict, List<RulePlace> rules, Trace trace) {
    public Decision {
        rules = List.copyOf(rules);
        if (!verdict.allows() && rules.size() != 1) {
            throw new IllegalArgumentException("one rule denies");
        }
    }
}
