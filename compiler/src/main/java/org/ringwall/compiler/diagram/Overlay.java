package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BinaryOperator;

/**
 * Rules laid over each other in order. They are taken in portions, each as long as all before it, which are joined
 * pairwise: a list of any length costs about what its diagram is large. A rule is left out where those of earlier portions have
 * decided whatever it holds for, so that rules which cover each other cost what the first of them do.
 */
final class Overlay {
    private static final int FIRST_PORTION = 64;

    private final Booleans booleans;

    Overlay(Booleans booleans) {
        this.booleans = booleans;
    }

    /** What comes of a rule whose guard holds. */
    interface Held {
        Node<Walked> of(Forest<Walked> forest, int rule);
    }

    /** What rules with these guards say together. */
    Node<Walked> of(List<Node<Boolean>> guards, Held held) {
        Node<Walked> whole = booleans.<Walked>forest().leaf(Walked.NOWHERE);
        Node<Boolean> open = booleans.constant(true);
        int done = 0;
        while (done < guards.size() && open != booleans.constant(false)) {
            int end = Math.min(guards.size(), done + Math.max(FIRST_PORTION, done));
            Node<Walked> before = whole;
            whole = portion(guards, done, end, open, held)
                    .map(later -> then(booleans.forest(), before, later))
                    .orElse(before);
            open = booleans.where(whole, walked -> walked.verdict().isEmpty());
            done = end;
        }
        return whole;
    }

    private Optional<Node<Walked>> portion(
            List<Node<Boolean>> guards, int from, int to, Node<Boolean> open, Held held) {
        Forest<Walked> forest = booleans.forest();
        List<Node<Walked>> rules = new ArrayList<>();
        for (int i = from; i < to; i++) {
            if (booleans.meet(open, guards.get(i))) {
                rules.add(forest.combine(
                        guards.get(i), held.of(forest, i), (holds, walked) -> holds ? walked : Walked.NOWHERE));
            }
        }
        return Folds.balanced(rules, this::pairs);
    }

    /** Each round has a forest of its own, and what was drawn before goes. */
    private BinaryOperator<Node<Walked>> pairs() {
        Forest<Walked> forest = booleans.forest();
        return (first, second) -> then(forest, first, second);
    }

    /** What has been decided stays so. */
    private static Node<Walked> then(Forest<Walked> forest, Node<Walked> first, Node<Walked> second) {
        return forest.combine(
                first,
                second,
                Walked::then,
                walked -> Optional.of(walked).filter(at -> at.verdict().isPresent()));
    }
}
