package org.ringwall.compiler.ir;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Asks for uid and gid once on every path: a second call gives the same answer, and a helper call costs more than all the
 * comparisons around it. The first answer is used where every way to the block has passed that same call.
 */
final class ShareCalls {
    private final Map<Value, Value> replaced = new HashMap<>();

    private ShareCalls() {}

    static Routine apply(Routine routine) {
        return new ShareCalls().share(routine);
    }

    private Routine share(Routine routine) {
        Map<BlockId, Optional<Value>> atEntry = new HashMap<>();
        atEntry.put(routine.blocks().get(0).id(), Optional.empty());
        List<BasicBlock> blocks = new ArrayList<>();
        for (BasicBlock block : routine.blocks()) {
            Optional<Value> known = atEntry.getOrDefault(block.id(), Optional.empty());
            List<Instruction> kept = new ArrayList<>();
            for (Instruction instruction : block.instructions()) {
                if (!(instruction instanceof Instruction.CallUidGid)) {
                    kept.add(Renaming.of(instruction, this::current));
                } else if (known.isPresent()) {
                    replaced.put(instruction.result(), known.get());
                } else {
                    kept.add(instruction);
                    known = Optional.of(instruction.result());
                }
            }
            Optional<Value> atExit = known;
            block.end()
                    .targets()
                    .forEach(target ->
                            atEntry.merge(target, atExit, (one, other) -> one.equals(other) ? one : Optional.empty()));
            blocks.add(block.with(kept, block.end()));
        }
        return new Routine(routine.hook(), blocks);
    }

    /** INVARIANT: lowering never ends a block with the answer of a helper itself, so ends need no renaming. */
    private Value current(Value value) {
        return replaced.getOrDefault(value, value);
    }
}
