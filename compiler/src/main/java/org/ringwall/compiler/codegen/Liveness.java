// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;

/**
 * The liveness of values and of the context. Every jump goes forward, so one walk from the last
 * block to the first computes it.
 */
final class Liveness {
    private final Map<BlockId, Live> atEntry = new HashMap<>();
    private final Map<Value, Live> after = new HashMap<>();
    private final boolean context;

    /** The values that are live at a point, and whether the context is. */
    record Live(Set<Value> values, boolean context) {
        static final Live NOTHING = new Live(Set.of(), false);
    }

    Liveness(Routine routine) {
        List<BasicBlock> blocks = routine.blocks();
        for (int i = blocks.size() - 1; i >= 0; i--) {
            block(blocks.get(i));
        }
        this.context = atEntry(blocks.get(0)).context();
    }

    private void block(BasicBlock block) {
        Set<Value> live = new HashSet<>();
        boolean needed = RegisterConstraints.needsContext(block.end());
        for (BlockId target : block.end().targets()) {
            Live there = atEntry.getOrDefault(target, Live.NOTHING);
            live.addAll(there.values());
            needed |= there.context();
        }
        live.addAll(block.end().operands());
        for (int i = block.instructions().size() - 1; i >= 0; i--) {
            Instruction instruction = block.instructions().get(i);
            live.remove(instruction.result());
            after.put(instruction.result(), new Live(Set.copyOf(live), needed));
            live.addAll(instruction.operands());
            needed |= RegisterConstraints.of(instruction).context().isRead();
        }
        atEntry.put(block.id(), new Live(Set.copyOf(live), needed));
    }

    private Live atEntry(BasicBlock block) {
        return atEntry.getOrDefault(block.id(), Live.NOTHING);
    }

    /**
     * Returns whether the block opens a packet, which may make calls, and the context is read
     * afterwards.
     */
    boolean opensWithContext(BasicBlock block) {
        return block.end() instanceof Terminator.OpenPacket
                && block.end().targets().stream()
                        .anyMatch(target ->
                                atEntry.getOrDefault(target, Live.NOTHING).context());
    }

    /** Returns whether the routine reads the context at all. */
    boolean readsContext() {
        return context;
    }

    /** Returns what is live after the instruction, without its own result. */
    Live after(Instruction instruction) {
        return after.getOrDefault(instruction.result(), Live.NOTHING);
    }
}
