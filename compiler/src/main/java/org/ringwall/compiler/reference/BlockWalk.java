// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Verdict;

/**
 * The evaluation of one block for one subject.
 *
 * @param verdict the verdict for the request; `allow` for a monitored block
 * @param decider the deciding rule; empty if there are no verdicts
 * @param acting the deciding rule, if it allows, and the rules without a verdict that added effects
 * @param writes the writes of these, in order
 * @param entries the records that were reached, in order
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
     * A record that was reached.
     *
     * @param index the index of the effect in its rule
     * @param hasLastWord whether the record is only made if the verdict of its rule is that of the
     *     request
     */
    record Entry(Recorded record, int index, boolean hasLastWord) {}
}
