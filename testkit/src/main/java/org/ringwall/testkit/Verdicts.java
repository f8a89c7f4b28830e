package org.ringwall.testkit;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;

/** Turns what a machine lacks into a run, a skip or a failure. */
final class Verdicts {
    /** Each line is printed once, since reports of skipped tests keep the reason to themselves. */
    private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

    private Verdicts() {}

    static ConditionEvaluationResult of(Tier tier, Optional<String> missing) {
        if (missing.isEmpty()) {
            return ConditionEvaluationResult.enabled(tier + " tier: here");
        }
        String line = tier.name().toLowerCase(Locale.ROOT) + " tier skipped: " + missing.get();
        if (tier.required()) {
            throw new IllegalStateException(line + ", but -Dringwall.require demands it");
        }
        if (SAID.add(line)) {
            System.out.println(line);
        }
        return ConditionEvaluationResult.disabled(line);
    }
}
