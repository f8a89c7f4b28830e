// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Bits;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.tables.Cost;
import org.ringwall.compiler.value.Comparison;

/**
 * A test of whether a number has bits outside a mask: numbers without such bits have one target,
 * except for a few that are compared before, and all others a second one. Examples are the accesses
 * that a device allows: reading, writing or both.
 */
final class SubsetSwitch implements SwitchForm {
    private static final int MOST_NUMBERS = 64;

    /** Fewer numbers are compared. */
    private static final int FEWEST_NUMBERS = 3;

    /** With more, comparing all numbers would be as short. */
    private static final int MOST_POINTS = 2;

    private final List<SwitchTargets.Way> points;
    private final long others;
    private final BlockId within;
    private final BlockId rest;
    private final Cost cost;

    private SubsetSwitch(
            List<SwitchTargets.Way> points, long others, BlockId within, BlockId rest, Numbers.Number number) {
        this.points = points;
        this.others = others;
        this.within = within;
        this.rest = rest;
        this.cost = new Cost(points.size() + 1, number.compareNs() * (points.size() + 1) / 2);
    }

    /**
     * Returns the form; empty if the numbers are not the subsets of a mask, or are all up to a
     * maximum, which is one comparison.
     */
    static Optional<SwitchForm> of(SwitchTargets ways, Numbers.Number number) {
        BlockId rest = ways.at(ways.size() - 1).target();
        List<SwitchTargets.Way> before = new ArrayList<>(ways.list());
        before.removeIf(way -> way.target().equals(rest));
        long bits = 0;
        long count = 0;
        for (SwitchTargets.Way way : before) {
            if (Long.compareUnsigned(way.high(), MOST_NUMBERS) >= 0) {
                return Optional.empty();
            }
            for (long each = way.low(); each <= way.high(); each++, count++) {
                bits |= each;
            }
        }
        boolean subset = count == 1L << Long.bitCount(bits) && (bits & bits + 1) != 0;
        return subset && number.bits() <= Integer.SIZE
                ? of(before, rest, Bits.max(number.bits()) & ~bits, number)
                : Optional.empty();
    }

    private static Optional<SwitchForm> of(
            List<SwitchTargets.Way> before, BlockId rest, long others, Numbers.Number number) {
        Set<BlockId> targets = new LinkedHashSet<>();
        before.forEach(way -> targets.add(way.target()));
        for (BlockId within : targets) {
            List<SwitchTargets.Way> points = new ArrayList<>(before);
            points.removeIf(way -> way.target().equals(within));
            long numbers = before.stream()
                    .filter(way -> way.target().equals(within))
                    .mapToLong(way -> way.high() - way.low() + 1)
                    .sum();
            if (points.size() <= MOST_POINTS
                    && points.stream().allMatch(SwitchTargets.Way::isPoint)
                    && numbers >= FEWEST_NUMBERS) {
                return Optional.of(new SubsetSwitch(points, others, within, rest, number));
            }
        }
        return Optional.empty();
    }

    @Override
    public Cost cost() {
        return cost;
    }

    @Override
    public String text() {
        return "no bit of 0x" + Long.toHexString(others);
    }

    @Override
    public void add(Emission emission, BasicBlock origin, Value value) {
        Straight code = new Straight(emission, origin);
        points.forEach(point -> code.leave(Comparison.EQ, value, point.low(), point.target()));
        Value beyond = code.add(result -> new Instruction.Masked(result, value, others));
        Terminator.Right none = new Terminator.Right.OfNumber(0);
        code.end(new Terminator.Branch(Comparison.NE, Width.DW, beyond, none, rest, within));
    }
}
