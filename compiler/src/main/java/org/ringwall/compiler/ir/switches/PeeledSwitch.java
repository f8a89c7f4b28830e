// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.tables.Bitmap;
import org.ringwall.compiler.tables.Cost;
import org.ringwall.compiler.tables.Costs;
import org.ringwall.compiler.value.Comparison;

/**
 * A switch that first compares a few single numbers whose target differs from that of both
 * neighbours, such as a gateway in a denied network, and then continues as if they had their
 * neighbours' target. Only for numbers of more than 16 bits: a single address occurs rarely or
 * always, so its branch is predictable; a single port's is not.
 */
final class PeeledSwitch implements SwitchForm {
    /** Fewer ways are compared. */
    private static final int FEWEST_WAYS = 6;

    /** In a larger table, a few numbers make no difference. */
    private static final int MOST_WAYS = 1_024;

    private static final int MOST_POINTS = 3;

    /**
     * The maximum number of candidates. Some are no longer single after one is peeled, such as the
     * number between it and the start of a network.
     */
    private static final int MOST_ALONE = 2 * MOST_POINTS;

    private final List<SwitchTargets.Way> points;
    private final SwitchForm others;
    private final Cost cost;

    private PeeledSwitch(List<SwitchTargets.Way> points, SwitchForm others, int slots) {
        this.points = points;
        this.others = others;
        this.cost = new Cost(slots * points.size(), Costs.STEADY_NS * points.size()).plus(others.cost());
    }

    /** Returns the form; empty if there are no such numbers, or more than a few. */
    static Optional<SwitchForm> of(SwitchTargets ways, Numbers.Number number) {
        if (number.bits() <= Bitmap.MOST_BITS
                || ways.size() < FEWEST_WAYS
                || ways.size() > MOST_WAYS
                || alone(ways).limit(MOST_ALONE + 1).count() > MOST_ALONE) {
            return Optional.empty();
        }
        List<SwitchTargets.Way> points = new ArrayList<>();
        SwitchTargets others = ways;
        for (Optional<Peeled> next = best(others); next.isPresent(); next = best(others)) {
            if (points.size() == MOST_POINTS) {
                return Optional.empty();
            }
            points.add(next.get().point());
            others = next.get().others();
        }
        return points.isEmpty() || others.size() == 1
                ? Optional.empty()
                : Optional.of(new PeeledSwitch(
                        points, SwitchForm.cheapest(others, number), number.bits() > Integer.SIZE ? 3 : 1));
    }

    /** Returns the indices of all single numbers whose neighbours have the same target. */
    private static IntStream alone(SwitchTargets ways) {
        return IntStream.range(0, ways.size()).filter(i -> ways.at(i).isPoint() && isAlone(ways, i));
    }

    private static boolean isAlone(SwitchTargets ways, int point) {
        return point == 0
                || point == ways.size() - 1
                || ways.at(point - 1).target().equals(ways.at(point + 1).target());
    }

    /** The ways after removing one number. */
    private record Peeled(SwitchTargets.Way point, SwitchTargets others) {}

    /**
     * Returns the number whose removal aligns its surroundings best; of two adjacent candidates,
     * this leaves the other as a part of a network.
     */
    private static Optional<Peeled> best(SwitchTargets ways) {
        return alone(ways)
                .boxed()
                .max(Comparator.comparingInt(point -> end0s(joined(ways, point))))
                .map(point -> without(ways, point));
    }

    /**
     * Returns the alignment of a way in bits: the trailing zeros of its first number or of the one
     * after its last, whichever are fewer.
     */
    private static int end0s(SwitchTargets.Way way) {
        return Math.min(Long.numberOfTrailingZeros(way.low()), Long.numberOfTrailingZeros(way.high() + 1));
    }

    /** Returns a single number and the ways on both sides as one way. */
    private static SwitchTargets.Way joined(SwitchTargets ways, int point) {
        SwitchTargets.Way first = ways.at(Math.max(0, point - 1));
        SwitchTargets.Way last = ways.at(Math.min(ways.size() - 1, point + 1));
        return new SwitchTargets.Way(
                first.low(), last.high(), ways.at(point == 0 ? 1 : point - 1).target());
    }

    private static Peeled without(SwitchTargets ways, int point) {
        List<SwitchTargets.Way> others = new ArrayList<>(ways.list().subList(0, Math.max(0, point - 1)));
        others.add(joined(ways, point));
        others.addAll(ways.list().subList(Math.min(ways.size(), point + 2), ways.size()));
        return new Peeled(ways.at(point), new SwitchTargets(others));
    }

    @Override
    public Cost cost() {
        return cost;
    }

    @Override
    public String text() {
        return (points.size() == 1 ? "1 number" : points.size() + " numbers") + " first, then " + others.text();
    }

    @Override
    public void add(Emission emission, BasicBlock origin, Value value) {
        Straight code = new Straight(emission, origin);
        points.forEach(point -> code.leave(Comparison.EQ, value, point.low(), point.target()));
        code.end(others, value);
    }
}
