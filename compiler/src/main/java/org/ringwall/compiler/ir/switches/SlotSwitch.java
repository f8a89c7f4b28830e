// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.tables.Cost;
import org.ringwall.compiler.tables.DirectHash;
import org.ringwall.compiler.tables.LookupTable;
import org.ringwall.compiler.tables.PerfectHash;
import org.ringwall.compiler.value.Comparison;

/**
 * A membership test for numbers with one target, by the only slot of a hash in which the number can
 * be: one comparison.
 */
final class SlotSwitch implements SwitchForm {
    /** Fewer numbers are compared, or tested by a product of differences. */
    private static final int FEWEST = 4;

    /** The comparison of the slot with the number. */
    private static final Cost COMPARED = new Cost(1, 0);

    private final Supplier<? extends LookupTable> hash;
    private final String text;
    private final Cost cost;
    private final BlockId member;
    private final BlockId rest;

    private SlotSwitch(Supplier<? extends LookupTable> hash, String text, Cost cost, BlockId member, BlockId rest) {
        this.hash = hash;
        this.text = text;
        this.cost = cost;
        this.member = member;
        this.rest = rest;
    }

    /**
     * Returns the form by a perfect hash of this many numbers, which is built only if the form is
     * chosen.
     */
    static SwitchForm perfect(Supplier<PerfectHash> hash, int numbers, BlockId member, BlockId rest) {
        Cost cost = PerfectHash.cost(numbers, 2).plus(COMPARED);
        return new SlotSwitch(hash, "perfect hash of " + numbers + " numbers", cost, member, rest);
    }

    /**
     * Returns the form by a direct hash; empty if both targets have more than a few numbers, or if
     * no factor suits them.
     */
    static Optional<SwitchForm> of(SwitchTargets ways, Numbers.Number number) {
        List<BlockId> targets = ways.targets();
        if (targets.size() != 2 || number.bits() > Integer.SIZE || number.steady()) {
            return Optional.empty();
        }
        return of(ways, targets.get(0), targets.get(1)).or(() -> of(ways, targets.get(1), targets.get(0)));
    }

    private static Optional<SwitchForm> of(SwitchTargets ways, BlockId member, BlockId rest) {
        List<Long> numbers = new ArrayList<>();
        for (SwitchTargets.Way way : ways.list()) {
            if (way.target().equals(member) && way.high() - way.low() >= DirectHash.MOST_NUMBERS) {
                return Optional.empty();
            }
            for (long each = way.low(); each <= way.high() && way.target().equals(member); each++) {
                numbers.add(each);
            }
        }
        return numbers.size() < FEWEST
                ? Optional.empty()
                : DirectHash.of(numbers)
                        .map(hash -> new SlotSwitch(
                                () -> hash,
                                "direct hash of " + numbers.size() + " numbers",
                                DirectHash.cost().plus(COMPARED),
                                member,
                                rest));
    }

    @Override
    public Cost cost() {
        return cost;
    }

    @Override
    public String text() {
        return text;
    }

    @Override
    public void add(Emission emission, BasicBlock origin, Value value) {
        LookupTable made = hash.get();
        Emission.Body body = emission.body(origin);
        Value held = body.add(new NumberOp.LookUp(made), value);
        body.end(
                origin.id(),
                origin.span(),
                new Terminator.Branch(
                        Comparison.EQ, Width.DW, held, new Terminator.Right.OfValue(value), member, rest));
    }
}
