package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.Supplier;

/** Reductions that keep the operands about equal in size. */
final class Folds {
    private Folds() {}

    /** Joins neighbours until one is left, keeping their order; empty for an empty list. `op` is associative. */
    static <T> Optional<T> balanced(List<T> values, BinaryOperator<T> op) {
        return balanced(values, () -> op);
    }

    /** The same with an `op` for each round, in which every value is joined once. */
    static <T> Optional<T> balanced(List<T> values, Supplier<BinaryOperator<T>> rounds) {
        List<T> level = new ArrayList<>(values);
        while (level.size() > 1) {
            List<T> next = new ArrayList<>((level.size() + 1) / 2);
            BinaryOperator<T> op = rounds.get();
            for (int i = 0; i < level.size(); i += 2) {
                next.add(i + 1 < level.size() ? op.apply(level.get(i), level.get(i + 1)) : level.get(i));
            }
            level = next;
        }
        return level.stream().findFirst();
    }
}
