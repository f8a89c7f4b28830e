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
 * A branch-free test for two or three numbers: the product of the differences from them is 0. All
 * factors together must have fewer than 64 bits, otherwise the product of non-zero factors could be
 * 0 modulo 2^64.
 */
public final class ProductSwitch implements SwitchForm {
    private static final int FEWEST_POINTS = 2;

    private final List<Long> points;
    private final BlockId point;
    private final BlockId rest;
    private final Cost cost;

    private ProductSwitch(List<Long> points, BlockId point, BlockId rest) {
        this.points = points;
        this.point = point;
        this.rest = rest;
        this.cost = new Cost(3 * points.size(), Costs.PRODUCT_NS * points.size());
    }

    /**
     * Returns the form; empty unless two or three numbers have one target and all others another
     * one.
     */
    static Optional<SwitchForm> of(SwitchTargets ways, Numbers.Number number) {
        if (ways.targets().size() != 2 || number.steady()) {
            return Optional.empty();
        }
        for (BlockId target : ways.targets()) {
            List<SwitchTargets.Way> there = ways.list().stream()
                    .filter(way -> way.target().equals(target))
                    .toList();
            boolean few = there.size() >= FEWEST_POINTS && there.size() * number.bits() < Long.SIZE;
            if (few && there.stream().allMatch(SwitchTargets.Way::isPoint)) {
                BlockId other = ways.targets().get(target.equals(ways.targets().get(0)) ? 1 : 0);
                List<Long> points = there.stream().map(SwitchTargets.Way::low).toList();
                return Optional.of(new ProductSwitch(points, target, other));
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
        return "product of " + points.size() + " differences";
    }

    @Override
    public void add(Emission emission, BasicBlock origin, Value value) {
        Emission.Body body = emission.body(origin);
        Value product = body.add(new NumberOp.Product(points, false), value);
        Terminator.Right nothing = new Terminator.Right.OfNumber(0);
        body.end(
                origin.id(),
                origin.span(),
                new Terminator.Branch(Comparison.EQ, Width.DW, product, nothing, point, rest));
    }
}
