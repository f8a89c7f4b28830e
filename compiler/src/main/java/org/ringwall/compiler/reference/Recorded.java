package org.ringwall.compiler.reference;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.KeyValue;
import org.ringwall.compiler.policy.Verdict;

/**
 * A record that somebody is left with, whatever becomes of the request.
 *
 * @param effect a {@link Effect.Log} or a {@link Effect.Count}
 * @param verdict what its rule said, or would have said; empty for a rule without a verdict
 * @param monitored whether nothing else came of the rule
 * @param key by which a counter is asked; empty for one without a key, and for a log
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
