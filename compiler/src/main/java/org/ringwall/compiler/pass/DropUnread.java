package org.ringwall.compiler.pass;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Uses;
import org.ringwall.compiler.ir.Value;

/**
 * Leaves out what makes a value that nobody reads: dead code of the IR. {@link FoldRanges} frees itself of it at once, since
 * calls and reads that nobody asks for must not be shared; what is left is what lowering makes in advance, as the end of a
 * string of which no word is asked and the parts of a destination that nobody writes, and what a test was made of that {@link
 * LayOut} has found to lead to one place. No sample has any; of 637 drawn programs two had, one of them the whole search for an
 * end.
 */
final class DropUnread {
    private DropUnread() {}

    static Routine apply(Routine routine) {
        Set<Value> used = new HashSet<>();
        List<BasicBlock> kept = new ArrayList<>(routine.blocks());
        boolean same = true;
        for (int i = kept.size() - 1; i >= 0; i--) {
            BasicBlock block = kept.get(i);
            used.addAll(Uses.of(block.end()));
            List<Instruction> body = used(block.instructions(), used);
            if (body.size() != block.instructions().size()) {
                kept.set(i, block.with(body, block.end()));
                same = false;
            }
        }
        return same ? routine : new Routine(routine.hook(), kept);
    }

    /** The instructions without those that nobody behind them uses; adds what the others use. */
    private static List<Instruction> used(List<Instruction> instructions, Set<Value> used) {
        List<Instruction> body = new ArrayList<>();
        for (int i = instructions.size() - 1; i >= 0; i--) {
            Instruction instruction = instructions.get(i);
            if (!onlyMakesValue(instruction) || used.contains(instruction.result())) {
                used.addAll(Uses.of(instruction));
                body.add(instruction);
            }
        }
        Collections.reverse(body);
        return body;
    }

    /** Whether it does nothing but make a value: where nobody uses that, nobody misses it. */
    static boolean onlyMakesValue(Instruction instruction) {
        if (instruction instanceof Instruction.CallState call) {
            return !call.op().acts();
        }
        return !(instruction instanceof Instruction.CallString
                || instruction instanceof Instruction.LeaveToKernel
                || instruction instanceof Instruction.FindRoute
                || instruction instanceof Instruction.StampSocket
                || instruction instanceof Instruction.LoadStamp);
    }
}
