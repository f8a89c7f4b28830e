package org.ringwall.compiler.reference;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Verdict;

/**
 * What one block said to one question.
 *
 * @param verdict what the request is judged by: of a monitored block `allow`
 * @param decider the rule that decided; none where nothing does
 * @param acting the deciding rule, where it allows, and those without a verdict that added effects
 * @param writes of these, in order
 * @param entries records that were met, in order
 */
record BlockWalk(
        Trace.Walk trace,
        Verdict verdict,
        Optional<RulePlace> decider,
        List<RulePlace> acting,
        List<Effect> writes,
        List<Entry> entries) {
    BlockWalk {
        acting = List.copyOf(acting);
        writes = List.copyOf(writes);
        entries = List.copyOf(entries);
    }

    /**
     * A record that was met.
     *
     * @param index of the effect in its rule
     * @param hasLastWord whether it happens only if its rule's verdict is the request's
     */
    record Entry(Recorded record, int index, boolean hasLastWord) {}
}
