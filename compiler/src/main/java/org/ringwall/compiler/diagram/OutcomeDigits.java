// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.state.DecidingRules;
import org.ringwall.compiler.policy.Verdict;

/**
 * A decision whose outcomes are the rules that decide, numbered, and a decision for each digit of
 * the number, whose verdict is the digit ({@link DecidingRules}).
 *
 * @param outcomes the rules of each outcome; the first is that of no rule
 * @param digits the decision of each digit, from the lowest
 */
public record OutcomeDigits(Hook hook, boolean byErrno, List<List<RuleRef>> outcomes, List<HookDecision> digits) {
    /** The number of tests above which the programs would be too large for a debug section. */
    private static final int MOST_TESTS = 4_000;

    public OutcomeDigits {
        outcomes = outcomes.stream().map(List::copyOf).toList();
        digits = List.copyOf(digits);
    }

    /**
     * Returns the digits of a decision; empty where nothing can be denied, so that a program cannot
     * return a digit, and where the diagram is large.
     *
     * @param byErrno whether the programs can choose the errno
     */
    public static Optional<OutcomeDigits> of(HookDecision decision, TestOrder order, boolean byErrno) {
        if (decision.hook().denial().isEmpty() || decision.tests() > MOST_TESTS) {
            return Optional.empty();
        }
        Map<List<RuleRef>, Integer> index = new LinkedHashMap<>();
        // What denies without a rule, such as an unknown caller, does so with EPERM, the digit 0.
        index.put(List.of(), 0);
        for (Node<Outcome> node : DiagramTraversal.topological(decision.root())) {
            if (node instanceof Node.Leaf<Outcome> leaf) {
                index.putIfAbsent(leaf.value().rules(), index.size());
            }
        }
        List<List<RuleRef>> outcomes = List.copyOf(index.keySet());
        DecidingRules.Outcomes numbers = new DecidingRules.Outcomes(
                byErrno, outcomes.stream().map(outcome -> List.<Integer>of()).toList());
        List<HookDecision> digits = IntStream.range(0, numbers.digits())
                .mapToObj(position -> decision(
                        decision,
                        order,
                        outcome -> numbers.digit(index.getOrDefault(outcome.rules(), 0), position),
                        byErrno))
                .toList();
        return Optional.of(new OutcomeDigits(decision.hook(), byErrno, outcomes, digits));
    }

    private static HookDecision decision(
            HookDecision decision, TestOrder order, ToIntFunction<Outcome> digit, boolean byErrno) {
        Node<Outcome> root = new NodeTable<Outcome>(order)
                .map(
                        decision.root(),
                        (Outcome outcome) -> new Outcome(verdict(digit.applyAsInt(outcome), byErrno), List.of()));
        return new HookDecision(decision.hook(), root, List.of(), decision.strings(), Set.of());
    }

    private static Verdict verdict(int digit, boolean byErrno) {
        if (byErrno) {
            return new Verdict.Deny(Arrays.stream(Errno.values())
                    .filter(errno -> errno.number() == digit + 1)
                    .findFirst()
                    .orElseThrow());
        }
        return digit == 0 ? Verdict.ALLOW : Verdict.DENY;
    }
}
