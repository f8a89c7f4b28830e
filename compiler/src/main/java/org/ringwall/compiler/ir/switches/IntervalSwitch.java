// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.tables.Bitmap;
import org.ringwall.compiler.tables.Cost;
import org.ringwall.compiler.tables.IntervalHash;
import org.ringwall.compiler.tables.IntervalShape;

/**
 * A switch with two targets over numbers of more than 16 bits, by a hash of intervals: the upper
 * bits select all intervals that can contain the number.
 */
final class IntervalSwitch implements SwitchForm {
    /** Fewer ways are compared. */
    private static final int FEWEST_WAYS = 10;

    private final SwitchTargets ways;
    private final Numbers.Number number;
    private final BlockId inside;
    private final BlockId outside;
    private final int intervals;
    private final IntervalShape shape;

    /** The hash, which is built only if the form is chosen. */
    private final Supplier<Optional<IntervalHash>> hash;

    private IntervalSwitch(
            SwitchTargets ways,
            Numbers.Number number,
            BlockId inside,
            int intervals,
            IntervalShape shape,
            Supplier<Optional<IntervalHash>> hash) {
        this.ways = ways;
        this.number = number;
        this.inside = inside;
        this.outside = ways.targets().get(1 - ways.targets().indexOf(inside));
        this.intervals = intervals;
        this.shape = shape;
        this.hash = hash;
    }

    /** Returns the form; empty if there are more targets, few intervals, or no suitable shape. */
    static Optional<SwitchForm> of(SwitchTargets ways, Numbers.Number number) {
        if (number.bits() <= Bitmap.MOST_BITS
                || ways.size() < FEWEST_WAYS
                || ways.targets().size() != 2) {
            return Optional.empty();
        }
        return ways.targets().stream()
                .flatMap(target -> of(ways, number, target))
                .min(Comparator.comparing(IntervalSwitch::cost).thenComparingInt(form -> form.intervals))
                .map(form -> form);
    }

    private static Stream<IntervalSwitch> of(SwitchTargets ways, Numbers.Number number, BlockId inside) {
        IntervalShape.Intervals those = intervals(ways, number, inside);
        int count = those.lows().length;
        return IntervalHash.single(those)
                .map(hash -> new IntervalSwitch(ways, number, inside, count, hash.shape(), () -> Optional.of(hash)))
                .or(() -> IntervalShape.of(those)
                        .map(shape -> new IntervalSwitch(
                                ways, number, inside, count, shape, () -> IntervalHash.of(shape, those))))
                .stream();
    }

    private static IntervalShape.Intervals intervals(SwitchTargets ways, Numbers.Number number, BlockId target) {
        List<SwitchTargets.Way> those =
                ways.list().stream().filter(way -> way.target().equals(target)).toList();
        return new IntervalShape.Intervals(
                number.bits() <= Integer.SIZE ? Integer.SIZE : Long.SIZE,
                those.stream().mapToLong(SwitchTargets.Way::low).toArray(),
                those.stream().mapToLong(SwitchTargets.Way::high).toArray());
    }

    @Override
    public Cost cost() {
        return shape.cost().plus(TableSwitch.afterwards(2));
    }

    @Override
    public String text() {
        return shape.text(intervals);
    }

    /** Falls back to a search tree if no factors place every interval. */
    @Override
    public void add(Emission emission, BasicBlock origin, Value value) {
        Optional<IntervalHash> made = hash.get();
        if (made.isPresent()) {
            TableSwitch.add(emission, origin, value, made.get(), List.of(inside, outside));
        } else {
            TableSwitch.of(ways, number)
                    .or(() -> SplitSwitch.of(ways, number))
                    .orElseGet(() -> new CompareTree(ways, number))
                    .add(emission, origin, value);
        }
    }
}
