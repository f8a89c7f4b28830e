package org.ringwall.compiler.diagram;

import java.util.List;
import org.ringwall.compiler.policy.Verdict;

/**
 * What comes out for a request, and the rules that decided: the denying one, or one of each block that allowed. No rule
 * stands behind what the semantics allow by themselves (device access 0, a socket judged at the address hooks).
 */
public record Outcome(Verdict verdict, List<RuleRef> rules) {
    public Outcome {
        rules = List.copyOf(rules);
    }

    @Override
    public String toString() {
        return verdict + (rules.isEmpty() ? "" : " " + rules);
    }
}
