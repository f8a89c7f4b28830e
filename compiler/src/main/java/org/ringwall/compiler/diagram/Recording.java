// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.Optional;
import java.util.function.Function;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Verdict;

/**
 * A record that a request leaves.
 *
 * @param index the index of the effect in its rule
 * @param effect a {@link Effect.Log} or a {@link Effect.Count}
 * @param verdict the verdict of the rule; empty for a rule without a verdict
 * @param monitored whether the rule has no influence besides its records
 */
public record Recording(RuleRef rule, int index, Effect effect, Optional<Verdict> verdict, boolean monitored) {
    public Recording {
        if (!effect.isRecord()) {
            throw new IllegalArgumentException("`" + effect + "` records nothing");
        }
    }

    /** Returns whether the record is made only if the verdict of its rule is final. */
    boolean hasLastWord() {
        return verdict.isPresent() && !monitored;
    }

    /** Returns the same record of a monitored block. */
    Recording inMonitoredBlock() {
        return new Recording(rule, index, effect, verdict, true);
    }

    /** Returns whether the other record is the same effect of the same rule. */
    boolean isAgain(Recording other) {
        return rule.equals(other.rule) && index == other.index;
    }

    @Override
    public String toString() {
        return text(RuleRef::toString);
    }

    /** Returns the record as text, with this name of its rule. */
    String text(Function<RuleRef, String> names) {
        return (monitored ? "monitored " : "") + effect + "@" + names.apply(rule);
    }
}
