package org.ringwall.compiler.policy;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.source.Span;

/**
 * One rule. With a verdict it decides when its guard holds and no rule before it has decided, and its effects are the
 * decision's; without one (`when`) it only adds its effects, and the walk goes on.
 *
 * @param within what a rule that allows needs a token of, and what it is without one
 * @param monitored whether it is asked and recorded alone, and the walk goes on
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
     * A rate that is tried when the rule is reached and its guard holds.
     *
     * @param otherwise the rule's verdict without a token; empty: the walk goes on
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

    /** A rule without rate and reason. */
    public Rule(Optional<Verdict> verdict, Guard guard, List<Effect> effects, Span span) {
        this(verdict, guard, effects, Optional.empty(), Optional.empty(), false, span);
    }

    /** A rule that decides, without effects. */
    public Rule(Verdict verdict, Guard guard, Span span) {
        this(Optional.of(verdict), guard, List.of(), span);
    }

    /** The same rule with another guard. */
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

    /** Whether it decides `allow`. */
    public boolean allows() {
        return verdict.filter(Verdict::allows).isPresent();
    }

    /** Whether it decides `deny`. */
    public boolean denies() {
        return verdict.filter(given -> !given.allows()).isPresent();
    }

    /** Whether it puts a record into the ring. */
    public boolean logs() {
        return effects.stream().anyMatch(Effect.Log.class::isInstance);
    }

    /** Its records, which happen whatever is decided. */
    public List<Effect> records() {
        return effects.stream().filter(Effect::isRecord).toList();
    }

    /** All its other effects: what it writes, which happens only where the request is allowed. */
    public List<Effect> writes() {
        return effects.stream().filter(effect -> !effect.isRecord()).toList();
    }
}
