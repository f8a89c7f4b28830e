// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Value;

/**
 * Renumbers blocks and values in their order, so that printed routines read from top to bottom. The
 * code does not change.
 */
final class Renumber {
    private final Map<Value, Value> values = new HashMap<>();
    private final Map<BlockId, BlockId> blocks = new HashMap<>();

    private Renumber() {}

    static Routine apply(Routine routine) {
        return new Renumber().renumber(routine);
    }

    private Routine renumber(Routine routine) {
        for (BasicBlock block : routine.blocks()) {
            blocks.put(block.id(), new BlockId(blocks.size()));
            block.instructions().forEach(instruction -> values.put(instruction.result(), new Value(values.size())));
        }
        List<BasicBlock> renamed = new ArrayList<>();
        for (BasicBlock block : routine.blocks()) {
            renamed.add(new BasicBlock(
                    now(block.id()),
                    block.span(),
                    block.instructions().stream()
                            .map(instruction -> instruction.rename(this::now))
                            .toList(),
                    block.end().rename(this::now, this::now)));
        }
        return new Routine(routine.hook(), renamed);
    }

    private Value now(Value value) {
        return values.getOrDefault(value, value);
    }

    private BlockId now(BlockId block) {
        return blocks.getOrDefault(block, block);
    }
}
