package org.ringwall.compiler.diagram;

import java.util.List;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Verdict;

/**
 * What comes out for a request, the rules that had a say, and the effects in the order in which they happen. The rules
 * are the denying one, or one of each block that allowed and those without a verdict that add effects. No rule stands
 * behind what the semantics allow by themselves (device access 0, a socket judged at the address hooks).
 */
public record Outcome(Verdict verdict, List<RuleRef> rules, List<Effect> effects) {
    public Outcome {
        rules = List.copyOf(rules);
        effects = List.copyOf(effects);
        if (!verdict.allows() && !effects.isEmpty()) {
            throw new IllegalArgumentException("nothing is written for a request that is denied");
        }
    }

    /** An outcome without effects. */
    public Outcome(Verdict verdict, List<RuleRef> rules) {
        this(verdict, rules, List.of());
    }

    @Override
    public String toString() {
        return verdict + (rules.isEmpty() ? "" : " " + rules) + (effects.isEmpty() ? "" : " " + Effect.text(effects));
    }
}
