package org.ringwall.compiler.pass;

import java.util.List;
import java.util.function.UnaryOperator;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Unswapped;

/**
 * Asks a table with the number as it lies, in network order, where all else that is asked of the number is equality: the table
 * holds its bits where such a number finds them, and nothing swaps its bytes: two slots of each lookup of a port. No sample lists so many
 * ports; of a program at connect4 with 500 random ones two slots of 34 go.
 */
public final class KeepOrder {
    private KeepOrder() {}

    static Routine apply(Routine routine) {
        Unswapped kept = new Unswapped(with(routine, KeepOrder::stored));
        return with(
                routine,
                instruction -> instruction instanceof Instruction.LookUp look
                                && kept.order(look.number()) == Instruction.Swap.BE16
                        ? stored(look)
                        : instruction);
    }

    private static Instruction stored(Instruction instruction) {
        return instruction instanceof Instruction.LookUp look ? look.ofStored().orElse(look) : instruction;
    }

    private static Routine with(Routine routine, UnaryOperator<Instruction> change) {
        List<BasicBlock> blocks = routine.blocks().stream()
                .map(block ->
                        block.with(block.instructions().stream().map(change).toList(), block.end()))
                .toList();
        return new Routine(routine.hook(), blocks);
    }
}
