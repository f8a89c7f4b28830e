// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BinaryOperator;

/**
 * A merge of rules in order. Rules are merged in portions, each as long as all before it, and
 * pairwise within a portion, so that the cost of a list is about the size of its diagram. A rule is
 * omitted if earlier portions decide wherever its guard holds; rules that earlier ones cover
 * therefore cost nothing more.
 */
final class BalancedMerge {
    private static final int FIRST_PORTION = 64;

    private final ConditionBuilder booleans;

    BalancedMerge(ConditionBuilder booleans) {
        this.booleans = booleans;
    }

    /** The result of a rule whose guard holds. */
    interface Held {
        Node<PartialOutcome> of(NodeTable<PartialOutcome> forest, int rule);
    }

    /** Returns the combined result of rules with these guards. */
    Node<PartialOutcome> of(List<Node<Boolean>> guards, Held held) {
        return of(guards, guards, held);
    }

    /**
     * Returns the combined result of rules with these guards.
     *
     * @param tested the guards as they are tested, each with the meaning of its guard
     */
    Node<PartialOutcome> of(List<Node<Boolean>> guards, List<Node<Boolean>> tested, Held held) {
        Node<PartialOutcome> whole = booleans.<PartialOutcome>forest().leaf(PartialOutcome.NOWHERE);
        Node<Boolean> open = booleans.constant(true);
        int done = 0;
        while (done < guards.size() && open != booleans.constant(false)) {
            int end = Math.min(guards.size(), done + Math.max(FIRST_PORTION, done));
            Node<PartialOutcome> before = whole;
            whole = portion(guards, tested, new Portion(done, end), open, held)
                    .map(later -> then(booleans.forest(), before, later))
                    .orElse(before);
            open = booleans.where(whole, walked -> walked.verdict().isEmpty());
            done = end;
        }
        return whole;
    }

    private record Portion(int from, int to) {}

    private Optional<Node<PartialOutcome>> portion(
            List<Node<Boolean>> guards, List<Node<Boolean>> tested, Portion portion, Node<Boolean> open, Held held) {
        NodeTable<PartialOutcome> forest = booleans.forest();
        List<Node<PartialOutcome>> rules = new ArrayList<>();
        for (int i = portion.from(); i < portion.to(); i++) {
            if (booleans.meet(open, guards.get(i))) {
                rules.add(forest.combine(
                        tested.get(i), held.of(forest, i), (holds, walked) -> holds ? walked : PartialOutcome.NOWHERE));
            }
        }
        return Folds.balanced(rules, this::pairs);
    }

    /**
     * Returns the operator of a round. Each round has a new forest, so that the nodes of earlier
     * rounds can be freed.
     */
    private BinaryOperator<Node<PartialOutcome>> pairs() {
        NodeTable<PartialOutcome> forest = booleans.forest();
        return (first, second) -> then(forest, first, second);
    }

    /** Continues with `second` where `first` has not decided. */
    private static Node<PartialOutcome> then(
            NodeTable<PartialOutcome> forest, Node<PartialOutcome> first, Node<PartialOutcome> second) {
        return forest.combine(
                first,
                second,
                PartialOutcome::then,
                walked -> Optional.of(walked).filter(at -> at.verdict().isPresent()));
    }
}
