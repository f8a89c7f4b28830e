// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import org.ringwall.bpf.kernel.ReturnBit;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.value.Address;

/**
 * The outcome of a request, with the rules that determined it and the effects in the order in which
 * they happen. The rules are the denying one, or one of each block that allowed and those without a
 * verdict that add effects. There is no rule for what the semantics allow by themselves: device
 * access 0, and a socket that the address hooks judge.
 *
 * @param writes the writes of an allowed request; of several to the same field, the last one
 * @param records the records, whatever the verdict; those of an allowing rule only if its verdict
 *     is final
 * @param tokens the rules for which a token was available
 */
public record Outcome(
        Verdict verdict, List<RuleRef> rules, List<Effect> writes, List<Recording> records, SortedSet<RuleRef> tokens)
        implements NodeTable.Parts {
    public Outcome {
        rules = List.copyOf(rules);
        writes = List.copyOf(writes);
        records = List.copyOf(records);
        tokens = java.util.Collections.unmodifiableSortedSet(new TreeSet<>(tokens));
        if (!verdict.allows() && !writes.isEmpty()) {
            throw new IllegalArgumentException("nothing is written for a request that is denied");
        }
    }

    @Override
    public int parts() {
        return rules.size() + writes.size() + records.size() + tokens.size();
    }

    /** Creates an outcome without effects. */
    public Outcome(Verdict verdict, List<RuleRef> rules) {
        this(verdict, rules, List.of());
    }

    /** Creates an outcome whose only effects are writes. */
    public Outcome(Verdict verdict, List<RuleRef> rules, List<Effect> writes) {
        this(verdict, rules, writes, List.of(), new TreeSet<>());
    }

    /**
     * Returns the outcome for a destination "any" that was judged as this address. If it is
     * allowed, the address is written first.
     */
    Outcome judgedAs(Address address) {
        if (!verdict.allows()) {
            return this;
        }
        List<Effect> all = new ArrayList<>();
        all.add(new Effect.JudgedAs(address));
        all.addAll(writes);
        return new Outcome(verdict, rules, all, records, tokens);
    }

    /** Returns the outcome as if the request had named the destination as which it was judged. */
    public Outcome withoutJudgedAs() {
        List<Effect> others = writes.stream()
                .filter(effect -> !(effect instanceof Effect.JudgedAs))
                .toList();
        return new Outcome(verdict, rules, others, records, tokens);
    }

    /** Returns the same outcome, of whose rules only the last in source order is named. */
    Outcome withLastRule() {
        List<RuleRef> last =
                rules.stream().max(Comparator.naturalOrder()).stream().toList();
        return new Outcome(verdict, last, writes, records, tokens);
    }

    Outcome withoutWrites() {
        return new Outcome(verdict, rules, List.of(), records, tokens);
    }

    /**
     * Returns the outcome of this decision followed by another: the first denial, else the effects
     * of both.
     */
    Outcome and(Outcome second) {
        if (!verdict.allows()) {
            return this;
        }
        SortedSet<RuleRef> all = new TreeSet<>(tokens);
        all.addAll(second.tokens);
        if (!second.verdict.allows()) {
            List<Recording> kept =
                    records.stream().filter(record -> !record.hasLastWord()).toList();
            return new Outcome(second.verdict, second.rules, List.of(), joined(kept, second.records), all);
        }
        List<RuleRef> both = new ArrayList<>(rules);
        second.rules.stream().filter(rule -> !rules.contains(rule)).forEach(both::add);
        List<Effect> written = new ArrayList<>(writes);
        written.addAll(second.writes);
        return new Outcome(
                either(verdict, second.verdict), both, Effect.merged(written), joined(records, second.records), all);
    }

    /**
     * Joins two lists of records in source order and drops the repeated effects of one rule. A
     * program can therefore make the records of all outcomes in one order
     * ({@code lower.SharedEnds}).
     */
    static List<Recording> joined(List<Recording> first, List<Recording> second) {
        List<Recording> joined = new ArrayList<>(first);
        second.stream()
                .filter(later -> first.stream().noneMatch(later::isAgain))
                .forEach(joined::add);
        joined.sort(Comparator.comparing(Recording::rule).thenComparing(Recording::index));
        return joined;
    }

    /** Returns a verdict with the bits of all blocks that allow. */
    private static Verdict either(Verdict first, Verdict second) {
        return first.bit() == ReturnBit.NONE ? second : first;
    }

    @Override
    public String toString() {
        return text(RuleRef::toString);
    }

    /** Returns the outcome as text, with these names of rules. */
    String text(Function<RuleRef, String> names) {
        List<String> noted = records.stream().map(record -> record.text(names)).toList();
        return verdict
                + (rules.isEmpty() ? "" : " " + rules.stream().map(names).toList())
                + (writes.isEmpty() ? "" : " " + Effect.text(writes))
                + (records.isEmpty() ? "" : " records " + noted)
                + (tokens.isEmpty()
                        ? ""
                        : " tokens " + tokens.stream().map(names).toList());
    }
}
