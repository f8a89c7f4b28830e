// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.KeyValue;
import org.ringwall.compiler.policy.Verdict;

/**
 * A record that is made whatever the verdict of the request.
 *
 * @param effect a {@link Effect.Log} or a {@link Effect.Count}
 * @param verdict the verdict of its rule, also if that is monitored; empty for a rule without a
 *     verdict
 * @param monitored whether the rule had no other effect
 * @param key the key of the counter; empty for a counter without a key and for a log
 */
public record Recorded(
        RulePlace rule, Effect effect, Optional<Verdict> verdict, boolean monitored, List<KeyValue> key) {
    public Recorded {
        key = List.copyOf(key);
        if (!effect.isRecord()) {
            throw new IllegalArgumentException("`" + effect + "` records nothing");
        }
    }
}
