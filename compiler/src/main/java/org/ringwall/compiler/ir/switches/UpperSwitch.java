// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.tables.Bitmap;
import org.ringwall.compiler.tables.Cost;

/**
 * A switch with two targets over 32-bit numbers by a bitmap of the upper 16 bits: for networks no
 * longer than /16, such as the private ones.
 */
final class UpperSwitch implements SwitchForm {
    /** Fewer ways are compared. */
    private static final int FEWEST_WAYS = 10;

    private static final int HALF = 16;
    private static final long LOWER = (1L << HALF) - 1;

    private final SwitchTargets upper;
    private final Cost cost;

    private UpperSwitch(SwitchTargets upper) {
        this.upper = upper;
        this.cost = Bitmap.cost(HALF).plus(new Cost(3, 0));
    }

    /**
     * Returns the form; empty if there are more targets, or if two numbers with the same upper half
     * have different ones.
     */
    static Optional<SwitchForm> of(SwitchTargets ways, Numbers.Number number) {
        if (number.bits() != Integer.SIZE
                || ways.size() < FEWEST_WAYS
                || ways.targets().size() != 2) {
            return Optional.empty();
        }
        List<SwitchTargets.Way> upper = new ArrayList<>();
        boolean whole = ways.list().stream().allMatch(way -> append(upper, way))
                && upper.get(upper.size() - 1).high() == LOWER;
        return whole ? Optional.of(new UpperSwitch(new SwitchTargets(upper))) : Optional.empty();
    }

    /**
     * Adds the upper halves of a way's numbers; returns false if one of them also belongs to
     * numbers with another target.
     */
    private static boolean append(List<SwitchTargets.Way> upper, SwitchTargets.Way way) {
        int last = upper.size() - 1;
        long low = way.low() >>> HALF;
        if (last < 0) {
            upper.add(new SwitchTargets.Way(0, way.high() >>> HALF, way.target()));
            return low == 0;
        }
        SwitchTargets.Way before = upper.get(last);
        if (before.target().equals(way.target())) {
            upper.set(last, new SwitchTargets.Way(before.low(), way.high() >>> HALF, way.target()));
            return low <= before.high() + 1;
        }
        upper.add(new SwitchTargets.Way(before.high() + 1, way.high() >>> HALF, way.target()));
        return low == before.high() + 1;
    }

    @Override
    public Cost cost() {
        return cost;
    }

    @Override
    public String text() {
        return "bitmap of the upper 16 bits";
    }

    @Override
    public void add(Emission emission, BasicBlock origin, Value value) {
        Straight code = new Straight(emission, origin);
        Bitmap bitmap = Bitmap.of(upper.highs(), HALF);
        Value half = code.add(NumberOp.Alu.shr(HALF), value);
        Value found = code.add(new NumberOp.LookUp(bitmap), half);
        List<Terminator.Case> cases = List.of(
                new Terminator.Case(0, upper.at(0).target()),
                new Terminator.Case(1, upper.at(1).target()));
        code.end(new Terminator.Switch(found, cases));
    }
}
