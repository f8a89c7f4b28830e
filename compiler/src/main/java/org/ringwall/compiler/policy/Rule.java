// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.source.Span;

/**
 * One rule. A rule with a verdict decides if its guard is true and no earlier rule has decided; its
 * effects belong to the decision. A rule without one (`when`) only adds its effects, and evaluation
 * continues.
 *
 * @param within the rate from which an allowing rule needs a token, and its verdict without one
 * @param monitored whether the rule is only evaluated and recorded, and evaluation continues
 */
public record Rule(
        Optional<Verdict> verdict,
        Guard guard,
        List<Effect> effects,
        Optional<Within> within,
        Optional<Reason> because,
        boolean monitored,
        Span span) {
    /**
     * A rate that is tested if the rule is reached and its guard is true.
     *
     * @param otherwise the rule's verdict without a token; if empty, evaluation continues
     */
    public record Within(Rate rate, Optional<Verdict> otherwise) {}

    public Rule {
        effects = List.copyOf(effects);
        if (verdict.isEmpty() && (effects.isEmpty() || within.isPresent() || monitored)) {
            throw new IllegalArgumentException("a rule without a verdict has effects, and nothing else");
        }
        boolean denies = verdict.isPresent() && !verdict.get().allows();
        if (denies && (within.isPresent() || effects.stream().anyMatch(effect -> !effect.isRecord()))) {
            throw new IllegalArgumentException("nothing is written for a request that is denied");
        }
    }

    /** Creates a rule without rate and reason. */
    public Rule(Optional<Verdict> verdict, Guard guard, List<Effect> effects, Span span) {
        this(verdict, guard, effects, Optional.empty(), Optional.empty(), false, span);
    }

    /** Creates a rule with a verdict and without effects. */
    public Rule(Verdict verdict, Guard guard, Span span) {
        this(Optional.of(verdict), guard, List.of(), span);
    }

    /** Returns the rule with another guard. */
    public Rule with(Guard other) {
        return new Rule(verdict, other, effects, within, because, monitored, span);
    }

    /** Whether its guard, the key of its rate, or one of its effects reads the field. */
    public boolean reads(Field field) {
        return guard.reads(field)
                || within.filter(tried -> tried.rate().key().fields().contains(field))
                        .isPresent()
                || effects.stream().anyMatch(effect -> effect.reads(field));
    }

    /** Whether its verdict is `allow`. */
    public boolean allows() {
        return verdict.filter(Verdict::allows).isPresent();
    }

    /** Whether its verdict is `deny`. */
    public boolean denies() {
        return verdict.filter(given -> !given.allows()).isPresent();
    }

    /** Whether it puts a record into the ring. */
    public boolean logs() {
        return effects.stream().anyMatch(Effect.Log.class::isInstance);
    }

    /** Returns its records, which are made whatever the verdict is. */
    public List<Effect> records() {
        return effects.stream().filter(Effect::isRecord).toList();
    }

    /** Returns its writes, which are only performed if the request is allowed. */
    public List<Effect> writes() {
        return effects.stream().filter(effect -> !effect.isRecord()).toList();
    }
}
