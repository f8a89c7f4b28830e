package org.ringwall.compiler.diagram;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * How the diagram of one hook is drawn: whole, or with rules told apart that decide nothing ({@link Asides}). Whole, every field is asked about once, which
 * is faster, and it is taken unless the rules multiply in it.
 */
final class HookDrawing {
    /** Edges that are drawn in some milliseconds. */
    private static final long FEW_EDGES = 100_000;

    private final List<HookDiagram.Asked> blocks;
    private final Function<Budget, HookDiagram> diagrams;
    private final Supplier<Budget> budgets;

    /** What is decided, and how it was found. */
    record Drawn(HookDecision decision, List<RuleWalk> walks) {
        int tests() {
            return decision.tests();
        }
    }

    HookDrawing(List<HookDiagram.Asked> blocks, Function<Budget, HookDiagram> diagrams, Supplier<Budget> budgets) {
        this.blocks = blocks;
        this.diagrams = diagrams;
        this.budgets = budgets;
    }

    /**
     * The diagram; empty if it is too large in either way.
     *
     * @param fewTests that nothing is told apart for; 0 where everything is that can be
     */
    Optional<Drawn> draw(int fewTests) {
        if (Asides.count(blocks) < 2) {
            return whole(budgets.get());
        }
        Optional<Drawn> whole = whole(budgets.get().atMost(FEW_EDGES));
        if (whole.isEmpty() || whole.get().tests() > fewTests) {
            Budget budget = budgets.get();
            int deciding = testsOfDeciding(budget);
            if (whole.isEmpty()) {
                // What multiplies costs more than its parts.
                whole = whole(budgets.get().atMost(FEW_EDGES + 4 * budget.drawn()));
            }
            if (fewTests == 0 || whole.isEmpty() || whole.get().tests() > 2 * deciding + fewTests) {
                return apartOr(whole, fewTests);
            }
        }
        return whole;
    }

    private Optional<Drawn> apartOr(Optional<Drawn> whole, int fewTests) {
        Optional<Drawn> apart = apart(budgets.get());
        if (apart.isEmpty()) {
            return whole.or(() -> whole(budgets.get()));
        }
        return fewTests == 0
                        || whole.isEmpty()
                        || whole.get().tests() > 2 * apart.get().tests()
                ? apart
                : whole;
    }

    /** How many tests there are without the rules that decide nothing; as many as may be where that is too large. */
    private int testsOfDeciding(Budget budget) {
        try {
            return HookDecision.tests(diagrams.apply(budget).deciding(blocks));
        } catch (Budget.Exceeded e) {
            return Integer.MAX_VALUE / 4;
        }
    }

    private Optional<Drawn> whole(Budget budget) {
        HookDiagram diagram = diagrams.apply(budget);
        try {
            return Optional.of(new Drawn(diagram.decide(blocks), diagram.walks()));
        } catch (Budget.Exceeded e) {
            return Optional.empty();
        }
    }

    private Optional<Drawn> apart(Budget budget) {
        HookDiagram diagram = diagrams.apply(budget);
        try {
            return diagram.decideApart(blocks).map(decision -> new Drawn(decision, diagram.walks()));
        } catch (Budget.Exceeded e) {
            return Optional.empty();
        }
    }
}
