// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.CaseList;

/**
 * A few single numbers of a switch, and the ways of all others.
 *
 * @param points in ascending order
 */
record SinglePoints(List<SwitchTargets.Way> points, SwitchTargets others) {
    /** Fewer ways are compared. */
    private static final int FEWEST_WAYS = 6;

    /** In a larger table, a few numbers make no difference. */
    private static final int MOST_WAYS = 1_024;

    private static final int MOST = 3;

    /**
     * The maximum number of candidates. Some are no longer single after one is removed, such as the
     * number between it and the start of a network.
     */
    private static final int MOST_CANDIDATES = 2 * MOST;

    /** Returns the numbers; empty if there are none, or more than a few, or no other ways. */
    static Optional<SinglePoints> of(SwitchTargets ways) {
        if (ways.size() < FEWEST_WAYS
                || ways.size() > MOST_WAYS
                || candidates(ways).count() > MOST_CANDIDATES) {
            return Optional.empty();
        }
        List<SwitchTargets.Way> points = new ArrayList<>();
        SwitchTargets others = ways;
        for (Optional<Integer> next = best(others); next.isPresent(); next = best(others)) {
            points.add(others.at(next.get()));
            others = new SwitchTargets(SwitchTargets.without(others.list(), next.get()));
        }
        points.sort(Comparator.comparing(SwitchTargets.Way::low, Long::compareUnsigned));
        return points.isEmpty() || points.size() > MOST || others.size() == 1
                ? Optional.empty()
                : Optional.of(new SinglePoints(points, others));
    }

    /** Returns the indices of all single numbers whose neighbours have the same target. */
    private static IntStream candidates(SwitchTargets ways) {
        int last = ways.size() - 1;
        return IntStream.rangeClosed(0, last)
                .filter(i -> ways.at(i).isPoint()
                        && (i == 0
                                || i == last
                                || ways.at(i - 1).target().equals(ways.at(i + 1).target())));
    }

    /**
     * Returns the index of the number without which its surroundings are aligned best; of two
     * adjacent candidates, this leaves the other as a part of a network.
     */
    private static Optional<Integer> best(SwitchTargets ways) {
        return ways.size() == 1
                ? Optional.empty()
                : candidates(ways).boxed().max(Comparator.comparingInt(point -> alignment(ways, point)));
    }

    /**
     * Returns the alignment, in bits, of the way that a number and its neighbours become: the
     * trailing zeros of its first number or of the one after its last, whichever are fewer.
     */
    private static int alignment(SwitchTargets ways, int point) {
        long first = ways.at(Math.max(0, point - 1)).low();
        long last = ways.at(Math.min(ways.size() - 1, point + 1)).high();
        return Math.min(Long.numberOfTrailingZeros(first), Long.numberOfTrailingZeros(last + 1));
    }

    /** Returns the ways of the single numbers, with one target for all others. */
    SwitchTargets ways(Function<SwitchTargets, BlockId> rest) {
        BlockId target = rest.apply(others);
        CaseList cases = new CaseList();
        points.forEach(point -> cases.fill(point.low(), target).add(point.high(), point.target()));
        return SwitchTargets.of(cases.fill(others.max() + 1, target).cases());
    }
}
