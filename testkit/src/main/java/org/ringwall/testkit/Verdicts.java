package org.ringwall.testkit;

import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;

/** Turns what a machine lacks into a run, a skip or a failure. */
final class Verdicts {
    private Verdicts() {}

    static ConditionEvaluationResult of(Tier tier, Optional<String> missing) {
        if (missing.isEmpty()) {
            return ConditionEvaluationResult.enabled(tier + " tier: here");
        }
        String line = tier.name().toLowerCase(Locale.ROOT) + " tier skipped: " + missing.get();
        if (tier.required()) {
            throw new IllegalStateException(line + ", but -Dringwall.require demands it");
        }
        return ConditionEvaluationResult.disabled(line);
    }
}
