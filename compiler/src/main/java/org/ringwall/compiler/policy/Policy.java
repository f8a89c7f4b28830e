// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.source.SourceFile;

/**
 * A policy that has passed every check: names are resolved, literals in range, and each guard is
 * possible at its hooks.
 *
 * @param answersOriginal whether an accepted socket can read the original destination of its
 *     redirected client
 * @param ringBytes the size of the ring for records; empty if the policy does not declare it
 * @param sets the declared sets of addresses and of numbers
 */
public record Policy(
        String name,
        SourceFile source,
        Optional<KernelVersion> requires,
        boolean answersOriginal,
        OptionalInt ringBytes,
        List<Param> params,
        State state,
        List<Block> blocks,
        List<PolicyTest> tests,
        List<NamedSet> sets) {
    public Policy {
        params = List.copyOf(params);
        blocks = List.copyOf(blocks);
        tests = List.copyOf(tests);
        sets = List.copyOf(sets);
        if (blocks.isEmpty()) {
            throw new IllegalArgumentException("a policy has at least one block");
        }
    }

    /** Creates a policy without sets, a size of its ring, and answers to socket options. */
    public Policy(
            String name,
            SourceFile source,
            Optional<KernelVersion> requires,
            List<Param> params,
            State state,
            List<Block> blocks,
            List<PolicyTest> tests) {
        this(name, source, requires, false, OptionalInt.empty(), params, state, blocks, tests, List.of());
    }

    /** Creates a policy without state. */
    public Policy(
            String name,
            SourceFile source,
            Optional<KernelVersion> requires,
            List<Param> params,
            List<Block> blocks,
            List<PolicyTest> tests) {
        this(name, source, requires, params, State.NONE, blocks, tests);
    }

    /** Returns the rules that log, in source order. The index is the rule number of a record. */
    public List<Rule> logged() {
        return blocks.stream()
                .flatMap(block -> block.rules().stream())
                .filter(Rule::logs)
                .toList();
    }

    /**
     * Returns the index in {@link #logged} of a rule that logs, by its block and its index there.
     */
    public int logNumber(int block, int rule) {
        long before = blocks.subList(0, block).stream()
                .flatMap(each -> each.rules().stream())
                .filter(Rule::logs)
                .count();
        List<Rule> rules = blocks.get(block).rules();
        if (!rules.get(rule).logs()) {
            throw new IllegalArgumentException("rule " + rule + " of block " + block + " logs nothing");
        }
        return Math.toIntExact(
                before + rules.subList(0, rule).stream().filter(Rule::logs).count());
    }

    /**
     * Returns whether a rule tests if a connection is closed, for which the policy must see it
     * established.
     */
    public boolean followsConnections() {
        return blocks.stream()
                .flatMap(block -> block.rules().stream())
                .anyMatch(rule -> rule.guard().reads(Field.CLOSED));
    }

    public Policy with(List<Block> others) {
        return new Policy(name, source, requires, answersOriginal, ringBytes, params, state, others, tests, sets);
    }
}
