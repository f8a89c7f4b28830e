package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.policy.Verdict;

/**
 * Where a walk through some rules of a block stands: decided or not, by the last of these rules, with these effects.
 *
 * @param tokens rules of these for which a token was there
 */
record Walked(
        Optional<Verdict> verdict,
        List<RuleRef> rules,
        List<Effect> writes,
        List<Recording> records,
        SortedSet<RuleRef> tokens) {
    private static final SortedSet<RuleRef> NO_TOKENS = java.util.Collections.unmodifiableSortedSet(new TreeSet<>());

    /** No rule has held. */
    static final Walked NOWHERE = new Walked(Optional.empty(), List.of(), List.of(), List.of(), NO_TOKENS);

    Walked {
        rules = List.copyOf(rules);
        writes = List.copyOf(writes);
        records = List.copyOf(records);
        tokens = tokens.isEmpty() ? NO_TOKENS : java.util.Collections.unmodifiableSortedSet(new TreeSet<>(tokens));
    }

    /** One rule whose guard holds, with this verdict if it has any; what is denied, or made elsewhere, writes nothing. */
    static Walked of(Rule rule, RuleRef ref, Optional<Verdict> verdict, boolean writing) {
        List<Recording> records = new ArrayList<>();
        for (int i = 0; i < rule.effects().size(); i++) {
            if (rule.effects().get(i).isRecord()) {
                records.add(new Recording(ref, i, rule.effects().get(i), verdict, rule.monitored()));
            }
        }
        if (rule.monitored()) {
            return new Walked(Optional.empty(), List.of(), List.of(), records, new TreeSet<>());
        }
        boolean writes = writing && verdict.map(Verdict::allows).orElse(true);
        List<Effect> written = writes ? rule.writes() : List.of();
        return new Walked(verdict, List.of(ref), written, records, new TreeSet<>());
    }

    /** The same where the rule has got a token. */
    Walked withToken(RuleRef ref) {
        return new Walked(verdict, rules, writes, records, new TreeSet<>(List.of(ref)));
    }

    /** The walk goes on through later rules unless it has ended. */
    Walked then(Walked later) {
        if (verdict.isPresent() || later == NOWHERE) {
            return this;
        }
        if (this == NOWHERE && later.writes.size() <= 1) {
            return later;
        }
        List<RuleRef> both = new ArrayList<>(rules);
        both.addAll(later.rules);
        List<Effect> written = new ArrayList<>(writes);
        written.addAll(later.writes);
        List<Recording> told = new ArrayList<>(records);
        told.addAll(later.records);
        SortedSet<RuleRef> had = new TreeSet<>(tokens);
        had.addAll(later.tokens);
        return new Walked(later.verdict, both, Effect.merged(written), told, had);
    }

    /** Of what tells walks apart; a long list asks for it millions of times. */
    @Override
    public int hashCode() {
        return 31 * rules.hashCode() + records.hashCode();
    }

    /** The rule that decided. */
    Optional<RuleRef> decider() {
        return verdict.map(given -> rules.get(rules.size() - 1));
    }

    /** The rules that have a say. */
    SortedSet<RuleRef> acting() {
        SortedSet<RuleRef> acting = new TreeSet<>(outcome(false).rules());
        records.forEach(record -> acting.add(record.rule()));
        return acting;
    }

    /** What comes out at the block's end; where nothing is decided the request goes on. */
    Outcome outcome(boolean monitored) {
        if (monitored) {
            return new Outcome(
                    Verdict.ALLOW,
                    List.of(),
                    List.of(),
                    records.stream().map(Recording::inMonitoredBlock).toList(),
                    tokens);
        }
        Verdict given = verdict.orElse(Verdict.ALLOW);
        return given.allows()
                ? new Outcome(given, rules, writes, records, tokens)
                : new Outcome(given, decider().stream().toList(), List.of(), records, tokens);
    }
}
