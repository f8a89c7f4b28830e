// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.Supplier;

/** Reductions that keep their operands at about equal size. */
public final class Folds {
    private Folds() {}

    /**
     * Joins neighbours until one value is left, and keeps their order. Returns empty for an empty
     * list. `op` is associative.
     */
    public static <T> Optional<T> balanced(List<T> values, BinaryOperator<T> op) {
        return balanced(values, () -> op);
    }

    /** Does the same with a new `op` for each round; a round joins every value once. */
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
