// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

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
 * A switch on a 64-bit number by its top bit. Within each half, the sign of a difference shows
 * which of two numbers is less, as a search tree requires.
 */
public final class HalfSwitch implements SwitchForm {
    private static final int TOP = 63;
    private static final Numbers.Number REST = Numbers.Number.ofBits(TOP);

    /** The cost of the split, for a form that leaves the halves to other switches. */
    static final Cost SPLIT = new Cost(4, Costs.COMPARE_NS / 2 + Costs.REST_NS);

    static final String SPLIT_TEXT = "by the top bit";

    private final Optional<Half> lower;
    private final Optional<Half> upper;
    private final BlockId last;
    private final BlockId first;
    private final Cost cost;

    /** The numbers with one top bit, without that bit, and their form. */
    private record Half(SwitchTargets ways, SwitchForm form) {
        /** Returns the half; empty if it has only one target. */
        static Optional<Half> of(SwitchTargets ways) {
            return ways.size() == 1 ? Optional.empty() : Optional.of(new Half(ways, SwitchForm.cheapest(ways, REST)));
        }
    }

    private HalfSwitch(SwitchTargets ways) {
        this.lower = Half.of(ways.within(0, Long.MAX_VALUE));
        this.upper = Half.of(ways.within(Long.MIN_VALUE, -1L));
        this.first = ways.at(0).target();
        this.last = ways.at(ways.size() - 1).target();
        Cost low = lower.map(half -> half.form().cost()).orElse(new Cost(0, 0));
        Cost high = upper.map(half -> half.form().cost()).orElse(new Cost(0, 0));
        double worst = Math.max(low.nanoseconds(), high.nanoseconds());
        this.cost = SPLIT.plus(new Cost(low.instructions() + high.instructions(), worst));
    }

    /** Returns the form; empty if there are few ways, or if the number has fewer than 64 bits. */
    static Optional<SwitchForm> of(SwitchTargets ways, Numbers.Number number) {
        boolean many = ways.size() >= 4;
        return many && number.bits() == Long.SIZE ? Optional.of(new HalfSwitch(ways)) : Optional.empty();
    }

    @Override
    public Cost cost() {
        return cost;
    }

    @Override
    public String text() {
        String below = lower.map(half -> half.form().text()).orElse("one way");
        String above = upper.map(half -> half.form().text()).orElse("one way");
        return SPLIT_TEXT + ": " + below + "; " + above;
    }

    @Override
    public void add(Emission emission, BasicBlock origin, Value value) {
        BlockId below = lower.isEmpty() ? first : emission.name();
        BlockId above = upper.isEmpty() ? last : emission.name();
        Emission.Body top = emission.body(origin);
        Value bit = top.add(NumberOp.Alu.shr(TOP), value);
        Terminator.Right zero = new Terminator.Right.OfNumber(0);
        top.end(origin.id(), origin.span(), new Terminator.Branch(Comparison.NE, Width.DW, bit, zero, above, below));
        lower.ifPresent(half -> rest(emission, origin, below, half.ways(), value));
        upper.ifPresent(half -> rest(emission, origin, above, half.ways(), value));
    }

    /** Adds a switch on the number without its top bit. */
    private static void rest(Emission emission, BasicBlock origin, BlockId id, SwitchTargets ways, Value value) {
        Emission.Body body = emission.body();
        Value left = body.add(NumberOp.Alu.shl(1), value);
        Value rest = body.add(NumberOp.Alu.shr(1), left);
        body.end(id, origin.span(), ways.on(rest));
    }
}
