// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Range;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.tables.Cost;
import org.ringwall.compiler.tables.Costs;

/**
 * A branch-free test of a 32-bit number against a few ranges, without a table. The branch on a
 * prefix is unpredictable for random addresses, and a table may have to be fetched.
 */
final class RangeSwitch implements SwitchForm {
    private static final int MOST_RANGES = 16;

    private final List<Range> ranges;
    private final BlockId inside;
    private final BlockId outside;

    private RangeSwitch(List<Range> ranges, BlockId inside, BlockId outside) {
        this.ranges = ranges;
        this.inside = inside;
        this.outside = outside;
    }

    /**
     * Returns the form; empty if there are more than two targets or more than a few ranges, or if
     * the number is wider or mostly the same.
     */
    static Optional<SwitchForm> of(SwitchTargets ways, Numbers.Number number) {
        List<BlockId> targets = ways.targets();
        boolean fits = targets.size() == 2 && number.bits() <= Integer.SIZE && !number.steady();
        if (!fits) {
            return Optional.empty();
        }
        // Ways alternate, and the first one has the first target.
        return of(ways, targets.get(1), targets.get(0))
                .or(() -> ways.size() % 2 == 0 ? of(ways, targets.get(0), targets.get(1)) : Optional.empty());
    }

    private static Optional<SwitchForm> of(SwitchTargets ways, BlockId inside, BlockId outside) {
        List<SwitchTargets.Way> there =
                ways.list().stream().filter(way -> way.target().equals(inside)).toList();
        // A single prefix is one comparison.
        if (there.size() == 1 && there.get(0).isPrefix()) {
            return Optional.empty();
        }
        // Single numbers take less code as comparisons, a product or a lookup.
        boolean points = there.stream().allMatch(SwitchTargets.Way::isPoint);
        if (points || there.size() > MOST_RANGES || there.stream().anyMatch(way -> way.size() > Range.MOST)) {
            return Optional.empty();
        }
        List<Range> ranges =
                there.stream().map(way -> new Range(way.low(), way.size())).toList();
        return Optional.of(new RangeSwitch(ranges, inside, outside));
    }

    @Override
    public Cost cost() {
        int instructions = 2 + ranges.size() * Costs.RANGE_INSTRUCTIONS;
        return new Cost(instructions, instructions * Costs.STRAIGHT_NS);
    }

    @Override
    public String text() {
        return ranges.size() + " ranges at once";
    }

    @Override
    public void add(Emission emission, BasicBlock origin, Value value) {
        Emission.Body body = emission.body(origin);
        Value in = body.add(new NumberOp.InRanges(ranges), value);
        List<Terminator.Case> cases = List.of(new Terminator.Case(0, outside), new Terminator.Case(1, inside));
        body.end(origin.id(), origin.span(), new Terminator.Switch(in, cases));
    }
}
