// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.tables.Cost;
import org.ringwall.compiler.tables.Costs;
import org.ringwall.compiler.value.Comparison;

/**
 * A switch with two targets by a 64-bit constant as a bit set; all exceptions are within 64
 * consecutive numbers.
 */
public final class MaskSwitch implements SwitchForm {
    private static final int FEWEST_WAYS = 4;

    private final SwitchTargets ways;
    private final long low;
    private final long mask;
    private final boolean bounded;
    private final Cost cost;

    private MaskSwitch(SwitchTargets ways, long low, Numbers.Number number) {
        this.ways = ways;
        this.low = low;
        this.mask = mask(ways, low);
        this.bounded = low == 0 && Long.compareUnsigned(ways.max(), Long.SIZE) < 0;
        int constant = mask == (int) mask ? 1 : 2;
        int instructions = constant + 2 + (low == 0 ? 0 : 2) + (bounded ? 0 : 1);
        double ns = Costs.MASK_NS + (bounded ? 0 : Math.min(number.compareNs(), Costs.COMPARE_NS / 2));
        this.cost = new Cost(instructions, ns);
    }

    /**
     * Returns the form; empty if there are more than two targets, or if the boundaries are too far
     * apart.
     */
    static Optional<SwitchForm> of(SwitchTargets ways, Numbers.Number number) {
        if (ways.size() < FEWEST_WAYS || ways.targets().size() != 2) {
            return Optional.empty();
        }
        long first = ways.at(0).high();
        long last = ways.at(ways.size() - 2).high();
        boolean outsideAlike =
                ways.at(0).target().equals(ways.at(ways.size() - 1).target());
        long low = Long.compareUnsigned(last, Long.SIZE) < 0 ? 0 : first + 1;
        boolean near = last - low < Long.SIZE && last - low >= 0;
        boolean fits = near && (low == 0 || outsideAlike && low > 0 && low <= Integer.MAX_VALUE);
        return fits ? Optional.of(new MaskSwitch(ways, low, number)) : Optional.empty();
    }

    /** Returns the bits of the numbers that do not have the target of the first way. */
    private static long mask(SwitchTargets ways, long low) {
        long mask = 0;
        for (int i = 1; i < ways.size(); i += 2) {
            long to = i + 1 == ways.size() ? low + Long.SIZE - 1 : ways.at(i).high();
            for (long number = ways.at(i).low(); number <= to; number++) {
                mask |= 1L << number - low;
            }
        }
        return mask;
    }

    @Override
    public Cost cost() {
        return cost;
    }

    @Override
    public String text() {
        return "mask 0x" + Long.toHexString(mask) + (low == 0 ? "" : " from " + low);
    }

    @Override
    public void add(Emission emission, BasicBlock origin, Value value) {
        Emission.Body body = emission.body(origin);
        Value index = low == 0 ? value : body.add(NumberOp.Alu.sub(low), value);
        BlockId at = origin.id();
        if (!bounded) {
            BlockId inside = emission.name();
            Terminator.Right end = new Terminator.Right.OfNumber(Long.SIZE - 1);
            BlockId outside = ways.at(ways.size() - 1).target();
            body.end(at, origin.span(), new Terminator.Branch(Comparison.GT, Width.DW, index, end, outside, inside));
            body = emission.body();
            at = inside;
        }
        Value bit = body.add(new NumberOp.BitOf(mask), index);
        BlockId zero = ways.at(0).target();
        BlockId one = ways.at(1).target();
        List<Terminator.Case> cases = List.of(new Terminator.Case(0, zero), new Terminator.Case(1, one));
        body.end(at, origin.span(), new Terminator.Switch(bit, cases));
    }
}
