// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.List;
import java.util.Map;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.tables.Cost;

/**
 * The cost of consecutive switches that are implemented separately: the instructions of all of
 * them, and the nanoseconds of the slowest path.
 */
record Apart(Map<BlockId, BasicBlock> blocks, Numbers numbers) {
    /**
     * Whether a switch and up to `steps` levels of switches after it cost more separately than
     * `together`.
     */
    boolean isDearer(SwitchTargets ways, Numbers.Number number, int steps, Cost together) {
        return cost(ways, number, steps, together).compareTo(together) > 0;
    }

    /** Returns the cost, or any greater than `enough` as soon as the cost is known to be. */
    private Cost cost(SwitchTargets ways, Numbers.Number number, int steps, Cost enough) {
        Cost own = SwitchForm.cheapest(ways, number).cost();
        Cost sum = own;
        double slowest = 0;
        for (BlockId target : steps == 0 ? List.<BlockId>of() : ways.targets()) {
            BasicBlock block = blocks.get(target);
            if (block != null && block.end() instanceof Terminator.Switch choice && sum.compareTo(enough) <= 0) {
                Cost inner = cost(SwitchTargets.of(choice), numbers.of(choice.value()), steps - 1, enough);
                slowest = Math.max(slowest, inner.nanoseconds());
                sum = new Cost(sum.instructions() + inner.instructions(), own.nanoseconds() + slowest);
            }
        }
        return sum;
    }
}
