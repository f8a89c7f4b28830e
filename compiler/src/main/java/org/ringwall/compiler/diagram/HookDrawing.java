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
    /** Tests that nothing is told apart for. */
    private static final int FEW_TESTS = 16;

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

    /** The diagram; empty if it is too large in either way. */
    Optional<Drawn> draw() {
        if (Asides.candidates(blocks).size() < 2) {
            return whole(budgets.get());
        }
        Optional<Drawn> whole = whole(budgets.get().atMost(FEW_EDGES));
        if (whole.filter(drawn -> drawn.tests() <= FEW_TESTS).isPresent()) {
            return whole;
        }
        Budget budget = budgets.get();
        int deciding = testsOfDeciding(budget);
        if (whole.isEmpty()) {
            // What multiplies costs more than its parts.
            whole = whole(budgets.get().atMost(FEW_EDGES + 4 * budget.drawn()));
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

    /** The diagram with everything told apart that can be; empty if it is too large. */
    Optional<Drawn> drawApart() {
        return apart().or(() -> whole(budgets.get()));
    }

    /** How many tests there are without the rules that decide nothing; as many as may be where that is too large. */
    private int testsOfDeciding(Budget budget) {
        try {
            return HookDecision.tests(
                    diagrams.apply(budget).without(Asides.candidates(blocks).keySet(), blocks));
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
