// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Value;

/**
 * Removes instructions whose values are not used: dead code elimination.
 * {@link CorrelatedValuePropagation} already applies it to its result, because unused calls and
 * reads must not be shared. The rest comes from lowering in advance, such as the end of a string
 * of which no word is read, and from tests that {@link BlockLayout} has removed.
 */
final class DeadCodeElimination {
    private DeadCodeElimination() {}

    static Routine apply(Routine routine) {
        Set<Value> used = new HashSet<>();
        List<BasicBlock> kept = new ArrayList<>(routine.blocks());
        boolean same = true;
        for (int i = kept.size() - 1; i >= 0; i--) {
            BasicBlock block = kept.get(i);
            used.addAll(block.end().operands());
            List<Instruction> body = used(block.instructions(), used);
            if (body.size() != block.instructions().size()) {
                kept.set(i, block.with(body, block.end()));
                same = false;
            }
        }
        return same ? routine : new Routine(routine.hook(), kept);
    }

    /**
     * Returns the instructions without those whose results are not used, and adds the operands of
     * the others to `used`.
     */
    private static List<Instruction> used(List<Instruction> instructions, Set<Value> used) {
        List<Instruction> body = new ArrayList<>();
        for (int i = instructions.size() - 1; i >= 0; i--) {
            Instruction instruction = instructions.get(i);
            if (!onlyMakesValue(instruction) || used.contains(instruction.result())) {
                used.addAll(instruction.operands());
                body.add(instruction);
            }
        }
        Collections.reverse(body);
        return body;
    }

    /** Whether the instruction can be removed if its value is not used. */
    static boolean onlyMakesValue(Instruction instruction) {
        return !instruction.op().acts();
    }
}
