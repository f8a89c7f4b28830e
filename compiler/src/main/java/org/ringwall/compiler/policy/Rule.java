package org.ringwall.compiler.policy;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.source.Span;

/**
 * One rule. With a verdict it decides when its guard holds and no rule before it has decided, and its effects are the
 * decision's; without one (`when`) it only adds its effects, and the walk goes on.
 */
public record Rule(Optional<Verdict> verdict, Guard guard, List<Effect> effects, Span span) {
    public Rule {
        effects = List.copyOf(effects);
        if (verdict.isEmpty() && effects.isEmpty()) {
            throw new IllegalArgumentException("a rule without a verdict has effects");
        }
        if (verdict.isPresent() && !verdict.get().allows() && !effects.isEmpty()) {
            throw new IllegalArgumentException("nothing is written for a request that is denied");
        }
    }

    /** A rule that decides, without effects. */
    public Rule(Verdict verdict, Guard guard, Span span) {
        this(Optional.of(verdict), guard, List.of(), span);
    }

    /** Whether it decides `allow`. */
    public boolean allows() {
        return verdict.filter(Verdict::allows).isPresent();
    }

    /** Whether it decides `deny`. */
    public boolean denies() {
        return verdict.filter(given -> !given.allows()).isPresent();
    }
}
