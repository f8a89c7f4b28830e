// SPDX-License-Identifier: Apache-2.0
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
 * The state of a walk through some rules of a block: undecided, or decided by the last of these
 * rules, with these effects.
 *
 * @param tokens those of the rules for which a token was available
 */
record PartialOutcome(
        Optional<Verdict> verdict,
        List<RuleRef> rules,
        List<Effect> writes,
        List<Recording> records,
        SortedSet<RuleRef> tokens)
        implements NodeTable.Parts {
    private static final SortedSet<RuleRef> NO_TOKENS = java.util.Collections.unmodifiableSortedSet(new TreeSet<>());

    /** The state in which no rule has matched. */
    static final PartialOutcome NOWHERE =
            new PartialOutcome(Optional.empty(), List.of(), List.of(), List.of(), NO_TOKENS);

    PartialOutcome {
        rules = List.copyOf(rules);
        writes = List.copyOf(writes);
        records = List.copyOf(records);
        tokens = tokens.isEmpty() ? NO_TOKENS : java.util.Collections.unmodifiableSortedSet(new TreeSet<>(tokens));
    }

    /**
     * Returns the state after one rule whose guard holds, with this verdict if any. A denial, or a
     * hook at which nothing can be written, has no writes.
     */
    static PartialOutcome of(Rule rule, RuleRef ref, Optional<Verdict> verdict, boolean writing) {
        List<Recording> records = new ArrayList<>();
        for (int i = 0; i < rule.effects().size(); i++) {
            if (rule.effects().get(i).isRecord()) {
                records.add(new Recording(ref, i, rule.effects().get(i), verdict, rule.monitored()));
            }
        }
        if (rule.monitored()) {
            return new PartialOutcome(Optional.empty(), List.of(), List.of(), records, new TreeSet<>());
        }
        boolean writes = writing && verdict.map(Verdict::allows).orElse(true);
        List<Effect> written = writes ? rule.writes() : List.of();
        return new PartialOutcome(verdict, List.of(ref), written, records, new TreeSet<>());
    }

    @Override
    public int parts() {
        return rules.size() + writes.size() + records.size() + tokens.size();
    }

    /** Returns the same state with a token for this rule. */
    PartialOutcome withToken(RuleRef ref) {
        return new PartialOutcome(verdict, rules, writes, records, new TreeSet<>(List.of(ref)));
    }

    /** Continues the walk through later rules unless it is decided. */
    PartialOutcome then(PartialOutcome later) {
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
        List<Recording> allRecords = new ArrayList<>(records);
        allRecords.addAll(later.records);
        SortedSet<RuleRef> had = new TreeSet<>(tokens);
        had.addAll(later.tokens);
        return new PartialOutcome(later.verdict, both, Effect.merged(written), allRecords, had);
    }

    /** Hashes only the components that distinguish walks, because long lists call this often. */
    @Override
    public int hashCode() {
        return 31 * rules.hashCode() + records.hashCode();
    }

    /** Returns the rule that decided. */
    Optional<RuleRef> decider() {
        return verdict.map(given -> rules.get(rules.size() - 1));
    }

    /** Returns the rules that decide or have effects. */
    SortedSet<RuleRef> acting() {
        SortedSet<RuleRef> acting = new TreeSet<>(outcome(false).rules());
        records.forEach(record -> acting.add(record.rule()));
        return acting;
    }

    /** Returns the outcome at the end of the block. An undecided request is allowed. */
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
