package org.ringwall.compiler.policy;

import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.source.SourceFile;

/**
 * A policy that has passed every check: names resolved, literals in range, each guard possible at its hooks.
 *
 * @param answersOriginal whether an accepted socket is told where its redirected client wanted to go
 */
public record Policy(
        String name,
        SourceFile source,
        Optional<KernelVersion> requires,
        boolean answersOriginal,
        List<Param> params,
        State state,
        List<Block> blocks,
        List<PolicyTest> tests) {
    public Policy {
        params = List.copyOf(params);
        blocks = List.copyOf(blocks);
        tests = List.copyOf(tests);
        if (blocks.isEmpty()) {
            throw new IllegalArgumentException("a policy has at least one block");
        }
    }

    /** A policy that answers no socket option. */
    public Policy(
            String name,
            SourceFile source,
            Optional<KernelVersion> requires,
            List<Param> params,
            State state,
            List<Block> blocks,
            List<PolicyTest> tests) {
        this(name, source, requires, false, params, state, blocks, tests);
    }

    /** A policy that keeps nothing. */
    public Policy(
            String name,
            SourceFile source,
            Optional<KernelVersion> requires,
            List<Param> params,
            List<Block> blocks,
            List<PolicyTest> tests) {
        this(name, source, requires, params, State.NONE, blocks, tests);
    }

    /** The rules that log, in the order of the text: the number of a record's rule is its place here. */
    public List<Rule> logged() {
        return blocks.stream()
                .flatMap(block -> block.rules().stream())
                .filter(Rule::logs)
                .toList();
    }

    /** The place in {@link #logged} of a rule that logs, by its block and its place there. */
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

    /** The same policy with other blocks. */
    public Policy with(List<Block> others) {
        return new Policy(name, source, requires, answersOriginal, params, state, others, tests);
    }
}
