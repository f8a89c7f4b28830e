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
        Optional<Drawn> quickly = whole(budgets.get().atMost(FEW_EDGES));
        if (quickly.filter(whole -> whole.tests() <= fewTests).isPresent()) {
            return quickly;
        }
        Budget budget = budgets.get();
        Optional<Drawn> apart = apart(budget);
        if (apart.isEmpty()) {
            return quickly.or(() -> whole(budgets.get()));
        }
        if (fewTests == 0) {
            return apart;
        }
        // What multiplies costs more than all its parts.
        Optional<Drawn> whole = quickly.or(() -> whole(budgets.get().atMost(FEW_EDGES + 4 * budget.drawn())));
        return whole.filter(drawn -> drawn.tests() <= 2 * apart.get().tests()).or(() -> apart);
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
