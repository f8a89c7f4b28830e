// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Terminator;

/** Removes blocks that only contain a jump. What remains of a decided branch is such a block. */
final class JumpThreading {
    private JumpThreading() {}

    static Routine apply(Routine routine) {
        Map<BlockId, BlockId> on = new HashMap<>();
        List<BasicBlock> blocks = routine.blocks();
        for (int i = blocks.size() - 1; i > 0; i--) {
            BasicBlock block = blocks.get(i);
            if (block.instructions().isEmpty() && block.end() instanceof Terminator.Goto end) {
                on.put(block.id(), on.getOrDefault(end.target(), end.target()));
            }
        }
        return on.isEmpty()
                ? routine
                : new Routine(
                        routine.hook(),
                        blocks.stream()
                                .filter(block -> !on.containsKey(block.id()))
                                .map(block -> block.with(
                                        block.instructions(),
                                        threaded(block.end(), target -> on.getOrDefault(target, target))))
                                .toList());
    }

    private static Terminator threaded(Terminator end, UnaryOperator<BlockId> on) {
        return end instanceof Terminator.Branch branch && on.apply(branch.yes()).equals(on.apply(branch.no()))
                ? new Terminator.Goto(on.apply(branch.yes()))
                : end.mapTargets(on);
    }
}
