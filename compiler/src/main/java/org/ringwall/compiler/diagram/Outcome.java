package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.ringwall.bpf.kernel.ReturnBit;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.value.Address;

/**
 * What comes out for a request, the rules that had a say, and the effects in the order in which they happen. The rules
 * are the denying one, or one of each block that allowed and those without a verdict that add effects. No rule stands
 * behind what the semantics allow by themselves (device access 0, a socket judged at the address hooks).
 *
 * @param writes of a request that is allowed; of several that write the same thing the last
 * @param records whatever is decided; those of a rule that allows only if it has the last word
 * @param tokens rules for which a token was there
 */
public record Outcome(
        Verdict verdict, List<RuleRef> rules, List<Effect> writes, List<Recording> records, SortedSet<RuleRef> tokens) {
    public Outcome {
        rules = List.copyOf(rules);
        writes = List.copyOf(writes);
        records = List.copyOf(records);
        tokens = java.util.Collections.unmodifiableSortedSet(new TreeSet<>(tokens));
        if (!verdict.allows() && !writes.isEmpty()) {
            throw new IllegalArgumentException("nothing is written for a request that is denied");
        }
    }

    /** An outcome without effects. */
    public Outcome(Verdict verdict, List<RuleRef> rules) {
        this(verdict, rules, List.of());
    }

    /** An outcome that writes alone. */
    public Outcome(Verdict verdict, List<RuleRef> rules, List<Effect> writes) {
        this(verdict, rules, writes, List.of(), new TreeSet<>());
    }

    /** The same for a destination "any" that was judged as this address: where it is allowed, the address is written first. */
    Outcome judgedAs(Address address) {
        if (!verdict.allows()) {
            return this;
        }
        List<Effect> all = new ArrayList<>();
        all.add(new Effect.JudgedAs(address));
        all.addAll(writes);
        return new Outcome(verdict, rules, all, records, tokens);
    }

    /** The same as if the destination had been named that it was judged as. */
    public Outcome withoutJudgedAs() {
        List<Effect> others = writes.stream()
                .filter(effect -> !(effect instanceof Effect.JudgedAs))
                .toList();
        return new Outcome(verdict, rules, others, records, tokens);
    }

    /** The same, and nothing is written. */
    Outcome withoutWrites() {
        return new Outcome(verdict, rules, List.of(), records, tokens);
    }

    /** What comes out where this and then another has been asked: the first denial, else what both add. */
    Outcome and(Outcome second) {
        if (!verdict.allows()) {
            return this;
        }
        SortedSet<RuleRef> all = new TreeSet<>(tokens);
        all.addAll(second.tokens);
        if (!second.verdict.allows()) {
            List<Recording> told =
                    records.stream().filter(record -> !record.hasLastWord()).toList();
            return new Outcome(second.verdict, second.rules, List.of(), joined(told, second.records), all);
        }
        List<RuleRef> both = new ArrayList<>(rules);
        second.rules.stream().filter(rule -> !rules.contains(rule)).forEach(both::add);
        List<Effect> written = new ArrayList<>(writes);
        written.addAll(second.writes);
        return new Outcome(
                either(verdict, second.verdict), both, Effect.merged(written), joined(records, second.records), all);
    }

    /**
     * An effect of one rule that is met twice happens once, and all are in source order: so a program may make the records of any
     * outcome in one order ({@code lower.SharedEnds}).
     */
    static List<Recording> joined(List<Recording> first, List<Recording> second) {
        List<Recording> joined = new ArrayList<>(first);
        second.stream()
                .filter(later -> first.stream().noneMatch(later::isAgain))
                .forEach(joined::add);
        joined.sort(Comparator.comparing(Recording::rule).thenComparing(Recording::index));
        return joined;
    }

    /** Bits are ored over the blocks that allow. */
    private static Verdict either(Verdict first, Verdict second) {
        return first.bit() == ReturnBit.NONE ? second : first;
    }

    @Override
    public String toString() {
        return verdict
                + (rules.isEmpty() ? "" : " " + rules)
                + (writes.isEmpty() ? "" : " " + Effect.text(writes))
                + (records.isEmpty() ? "" : " records " + records)
                + (tokens.isEmpty() ? "" : " tokens " + tokens);
    }
}
