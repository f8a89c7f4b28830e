package org.ringwall.compiler.diagram;

import java.util.Optional;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Verdict;

/**
 * A record that a request leaves.
 *
 * @param index of the effect in its rule
 * @param effect a {@link Effect.Log} or a {@link Effect.Count}
 * @param verdict what its rule says; empty for a rule without a verdict
 * @param monitored whether nothing else comes of the rule
 */
public record Recording(RuleRef rule, int index, Effect effect, Optional<Verdict> verdict, boolean monitored) {
    public Recording {
        if (!effect.isRecord()) {
            throw new IllegalArgumentException("`" + effect + "` records nothing");
        }
    }

    /** Whether it happens only if its rule has the last word. */
    boolean hasLastWord() {
        return verdict.isPresent() && !monitored;
    }

    /** The same of a block that is monitored. */
    Recording inMonitoredBlock() {
        return new Recording(rule, index, effect, verdict, true);
    }

    /** Whether it is the same effect of the same rule. */
    boolean isAgain(Recording other) {
        return rule.equals(other.rule) && index == other.index;
    }

    @Override
    public String toString() {
        return (monitored ? "monitored " : "") + effect + "@" + rule;
    }
}
