// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;

/** The decision whether a test of a tier runs, is skipped or fails, from what the machine lacks. */
final class Verdicts {
    /**
     * The lines already printed. They are printed because the reports of skipped tests do not show
     * the reason.
     */
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
