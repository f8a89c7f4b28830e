// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Terminator;

/**
 * Merges blocks that only return the same verdict, such as an inert program's and a rule's "allow".
 * Because jumps go forward, the last of them is kept, with the span of the first.
 */
final class ShareEnds {
    private final Routine routine;
    private final Map<BlockId, BlockId> kept = new HashMap<>();
    private final Map<BlockId, BasicBlock> words = new HashMap<>();

    private ShareEnds(Routine routine) {
        this.routine = routine;
    }

    static Routine apply(Routine routine) {
        ShareEnds shared = new ShareEnds(routine);
        shared.find();
        return shared.possible() ? shared.share() : routine;
    }

    private void find() {
        Map<Terminator.Return, List<BasicBlock>> alike = new HashMap<>();
        for (BasicBlock block : routine.blocks()) {
            if (block.instructions().isEmpty() && block.end() instanceof Terminator.Return end) {
                alike.computeIfAbsent(end, e -> new ArrayList<>()).add(block);
            }
        }
        for (List<BasicBlock> blocks : alike.values()) {
            BasicBlock last = blocks.get(blocks.size() - 1);
            blocks.forEach(block -> kept.put(block.id(), last.id()));
            words.put(last.id(), blocks.get(0));
        }
    }

    /** A branch must have two distinct targets. */
    private boolean possible() {
        return routine.blocks().stream()
                .noneMatch(block -> block.end() instanceof Terminator.Branch branch
                        && now(branch.yes()).equals(now(branch.no())));
    }

    private Routine share() {
        List<BasicBlock> blocks = new ArrayList<>();
        for (BasicBlock block : routine.blocks()) {
            if (now(block.id()).equals(block.id())) {
                BasicBlock first = words.getOrDefault(block.id(), block);
                Terminator end = block.end().mapTargets(this::now);
                blocks.add(new BasicBlock(block.id(), first.span(), block.instructions(), end));
            }
        }
        return new Routine(routine.hook(), blocks);
    }

    private BlockId now(BlockId id) {
        return kept.getOrDefault(id, id);
    }
}
