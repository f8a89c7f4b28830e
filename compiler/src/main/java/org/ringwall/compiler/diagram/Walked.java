package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.policy.Verdict;

/** Where a walk through some rules of a block stands: decided or not, by the last of these rules, with these effects. */
record Walked(Optional<Verdict> verdict, List<RuleRef> rules, List<Effect> effects) {
    /** No rule has held. */
    static final Walked NOWHERE = new Walked(Optional.empty(), List.of(), List.of());

    Walked {
        rules = List.copyOf(rules);
        effects = List.copyOf(effects);
    }

    /** One rule whose guard holds. */
    static Walked of(Rule rule, RuleRef ref) {
        return new Walked(rule.verdict(), List.of(ref), rule.effects());
    }

    /** One rule whose guard holds, where there is nothing to write. */
    static Walked withoutEffects(Rule rule, RuleRef ref) {
        return rule.verdict().isPresent() ? new Walked(rule.verdict(), List.of(ref), List.of()) : NOWHERE;
    }

    /** The walk goes on through later rules unless it has ended. */
    Walked then(Walked later) {
        if (verdict.isPresent() || later.rules.isEmpty()) {
            return this;
        }
        if (rules.isEmpty()) {
            return later;
        }
        List<RuleRef> both = new ArrayList<>(rules);
        both.addAll(later.rules);
        List<Effect> all = new ArrayList<>(effects);
        all.addAll(later.effects);
        return new Walked(later.verdict, both, Effect.merged(all));
    }

    /** The rule that decided. */
    Optional<RuleRef> decider() {
        return verdict.map(given -> rules.get(rules.size() - 1));
    }

    /** What comes out at the block's end; where nothing is decided the request goes on. */
    Outcome outcome() {
        Verdict given = verdict.orElse(Verdict.ALLOW);
        return given.allows()
                ? new Outcome(given, rules, effects)
                : new Outcome(given, decider().stream().toList());
    }
}
