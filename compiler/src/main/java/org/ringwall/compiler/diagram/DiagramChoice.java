// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The choice between a single diagram for a hook and a verdict diagram with separate effect
 * diagrams ({@link EffectDiagrams}). A single diagram is faster, because it tests each field only
 * once. It is chosen unless the outcomes multiply in it.
 */
final class DiagramChoice {
    /** Up to this many tests, a single diagram is always chosen. */
    private static final int FEW_TESTS = 16;

    private final List<HookDiagram.IndexedBlock> blocks;
    private final Function<Budget, HookDiagram> diagrams;
    private final Supplier<Budget> budgets;

    /** A decision and the walks that produced it. */
    record Drawn(HookDecision decision, List<BlockDiagramBuilder> walks) {
        int tests() {
            return decision.tests();
        }
    }

    DiagramChoice(
            List<HookDiagram.IndexedBlock> blocks, Function<Budget, HookDiagram> diagrams, Supplier<Budget> budgets) {
        this.blocks = blocks;
        this.diagrams = diagrams;
        this.budgets = budgets;
    }

    /** Returns the chosen form; empty if it is too large in both. */
    Optional<Drawn> draw() {
        if (EffectDiagrams.candidates(blocks).size() < 2) {
            return whole(budgets.get());
        }
        Optional<Drawn> whole = whole(budgets.get().atMost(Budget.FEW_EDGES));
        if (whole.filter(drawn -> drawn.tests() <= FEW_TESTS).isPresent()) {
            return whole;
        }
        Budget budget = budgets.get();
        int deciding = testsOfDeciding(budget);
        if (whole.isEmpty()) {
            // A diagram whose outcomes multiply costs more than the sum of its parts.
            whole = whole(budgets.get().atMost(Budget.FEW_EDGES + 4 * budget.drawn()));
        }
        if (whole.filter(drawn -> drawn.tests() <= 2 * deciding + FEW_TESTS).isPresent()) {
            return whole;
        }
        Optional<Drawn> apart = apart();
        if (apart.isEmpty()) {
            return whole.or(() -> whole(budgets.get()));
        }
        return whole.filter(drawn -> drawn.tests() <= 2 * apart.get().tests()).or(() -> apart);
    }

    /** Returns the decision with as many effect diagrams as possible; empty if it is too large. */
    Optional<Drawn> drawApart() {
        return apart().or(() -> whole(budgets.get()));
    }

    /**
     * Returns the number of tests without the rules without a verdict; a very large number if that
     * exceeds the budget.
     */
    private int testsOfDeciding(Budget budget) {
        try {
            return HookDecision.tests(diagrams.apply(budget)
                    .without(EffectDiagrams.candidates(blocks).keySet(), blocks));
        } catch (Budget.Exceeded e) {
            return Integer.MAX_VALUE / 4;
        }
    }

    private Optional<Drawn> whole(Budget budget) {
        return drawn(budget, diagram -> Optional.of(diagram.decide(blocks)));
    }

    private Optional<Drawn> apart() {
        return drawn(budgets.get(), diagram -> diagram.decideApart(blocks));
    }

    private Optional<Drawn> drawn(Budget budget, Function<HookDiagram, Optional<HookDecision>> decided) {
        HookDiagram diagram = diagrams.apply(budget);
        try {
            return decided.apply(diagram).map(decision -> new Drawn(decision, diagram.walks()));
        } catch (Budget.Exceeded e) {
            return Optional.empty();
        }
    }
}
