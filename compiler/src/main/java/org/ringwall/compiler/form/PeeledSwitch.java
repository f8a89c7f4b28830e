package org.ringwall.compiler.form;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.table.Bitmap;
import org.ringwall.compiler.table.Cost;
import org.ringwall.compiler.table.Costs;
import org.ringwall.compiler.value.Comparison;

/**
 * A few single numbers that go elsewhere than what lies on both sides of them are compared first, as a gateway in a network that is denied; the
 * others are told apart without them, as if they went where their neighbours go. Only numbers of more than 16 bits: a single address is seldom
 * asked for, or always, so that the processor guesses its comparison right; a single port is not.
 */
final class PeeledSwitch implements SwitchForm {
    /** Fewer ways are compared. */
    private static final int FEWEST_WAYS = 6;

    /** A few numbers make no difference to a table of more. */
    private static final int MOST_WAYS = 1_024;

    private static final int MOST_POINTS = 3;

    /** Of these some are no more when one is peeled: what lies between it and the beginning of a network, and is alone too. */
    private static final int MOST_ALONE = 2 * MOST_POINTS;

    private final List<Ways.Way> points;
    private final SwitchForm others;
    private final Cost cost;

    private PeeledSwitch(List<Ways.Way> points, SwitchForm others, int slots) {
        this.points = points;
        this.others = others;
        this.cost = new Cost(slots * points.size(), Costs.STEADY_NS * points.size()).plus(others.cost());
    }

    /** Empty where there are no such numbers, or more than a few. */
    static Optional<SwitchForm> of(Ways ways, Numbers.Number number) {
        if (number.bits() <= Bitmap.MOST_BITS
                || ways.size() < FEWEST_WAYS
                || ways.size() > MOST_WAYS
                || alone(ways).limit(MOST_ALONE + 1).count() > MOST_ALONE) {
            return Optional.empty();
        }
        List<Ways.Way> points = new ArrayList<>();
        Ways others = ways;
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

    /** The places of all single numbers whose neighbours go to one place. */
    private static IntStream alone(Ways ways) {
        return IntStream.range(0, ways.size()).filter(i -> ways.at(i).isPoint() && isAlone(ways, i));
    }

    private static boolean isAlone(Ways ways, int point) {
        return point == 0
                || point == ways.size() - 1
                || ways.at(point - 1).target().equals(ways.at(point + 1).target());
    }

    /** The ways without one number, which is there no more. */
    private record Peeled(Ways.Way point, Ways others) {}

    /** Of two neighbours the one is taken without which the other is part of a network. */
    private static Optional<Peeled> best(Ways ways) {
        return alone(ways)
                .boxed()
                .max(Comparator.comparingInt(point -> end0s(joined(ways, point))))
                .map(point -> without(ways, point));
    }

    /** How many low bits are 0 in its first number, or 1 in its last one, whichever are fewer. */
    private static int end0s(Ways.Way way) {
        return Math.min(Long.numberOfTrailingZeros(way.low()), Long.numberOfTrailingZeros(way.high() + 1));
    }

    /** A single number and the ways on both sides of it as one. */
    private static Ways.Way joined(Ways ways, int point) {
        Ways.Way first = ways.at(Math.max(0, point - 1));
        Ways.Way last = ways.at(Math.min(ways.size() - 1, point + 1));
        return new Ways.Way(
                first.low(), last.high(), ways.at(point == 0 ? 1 : point - 1).target());
    }

    private static Peeled without(Ways ways, int point) {
        List<Ways.Way> others = new ArrayList<>(ways.list().subList(0, Math.max(0, point - 1)));
        others.add(joined(ways, point));
        others.addAll(ways.list().subList(Math.min(ways.size(), point + 2), ways.size()));
        return new Peeled(ways.at(point), new Ways(others));
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
