package org.ringwall.compiler.form;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
        if (number.bits() <= Bitmap.MOST_BITS || ways.size() < FEWEST_WAYS || ways.size() > MOST_WAYS) {
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

    /**
     * The ways without one number.
     *
     * @param end0s how many low bits are 0 in the first number of the way that has it now, or 1 in its last one, whichever are fewer
     */
    private record Peeled(Ways.Way point, Ways others, int end0s) {}

    /** Of two neighbours the one is taken without which the other is part of a network. */
    private static Optional<Peeled> best(Ways ways) {
        return IntStream.range(0, ways.size())
                .filter(i -> ways.at(i).isPoint())
                .boxed()
                .flatMap(i -> without(ways, i).stream())
                .max(Comparator.comparingInt(Peeled::end0s));
    }

    /** Empty where its neighbours go to different places. */
    private static Optional<Peeled> without(Ways ways, int point) {
        List<Ways.Way> beside = Stream.of(point - 1, point + 1)
                .filter(i -> i >= 0 && i < ways.size())
                .map(ways::at)
                .toList();
        Ways.Way first = beside.get(0);
        Ways.Way last = beside.get(beside.size() - 1);
        if (!first.target().equals(last.target())) {
            return Optional.empty();
        }
        long low = point == 0 ? ways.at(point).low() : first.low();
        long high = point == ways.size() - 1 ? ways.at(point).high() : last.high();
        List<Ways.Way> others = new ArrayList<>(ways.list().subList(0, Math.max(0, point - 1)));
        others.add(new Ways.Way(low, high, first.target()));
        others.addAll(ways.list().subList(Math.min(ways.size(), point + 2), ways.size()));
        int end0s = Math.min(Long.numberOfTrailingZeros(low), Long.numberOfTrailingZeros(high + 1));
        return Optional.of(new Peeled(ways.at(point), new Ways(others), end0s));
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
