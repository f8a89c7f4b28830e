package org.ringwall.compiler.policy;

import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.source.SourceFile;

/** A policy that has passed every check: names resolved, literals in range, each guard possible at its hooks. */
public record Policy(
        String name,
        SourceFile source,
        Optional<KernelVersion> requires,
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

    /** The rules that log, in the order of the text; the index of a rule is the number of its events. */
    public List<Rule> logged() {
        return blocks.stream()
                .flatMap(block -> block.rules().stream())
                .filter(Rule::logs)
                .toList();
    }

    /** The number of the events of a rule that logs: index of its block and of the rule in it, both from 0. */
    public int event(int block, int rule) {
        if (!blocks.get(block).rules().get(rule).logs()) {
            throw new IllegalArgumentException("rule " + rule + " of block " + block + " does not log");
        }
        long before = blocks.subList(0, block).stream()
                .flatMap(each -> each.rules().stream())
                .filter(Rule::logs)
                .count();
        long here = blocks.get(block).rules().subList(0, rule).stream()
                .filter(Rule::logs)
                .count();
        return Math.toIntExact(before + here);
    }

    /** The same policy with other blocks. */
    public Policy with(List<Block> others) {
        return new Policy(name, source, requires, params, state, others, tests);
    }
}
