// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import java.util.List;
import java.util.function.UnaryOperator;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Swap;
import org.ringwall.compiler.ir.Unswapped;

/**
 * Uses tables laid out for network order for numbers that are otherwise only tested for equality.
 * This saves the byte swap of each port that is looked up, two slots.
 */
public final class NetworkOrderLookups {
    private NetworkOrderLookups() {}

    static Routine apply(Routine routine) {
        Unswapped kept = new Unswapped(with(routine, NetworkOrderLookups::stored));
        return with(
                routine,
                instruction -> instruction instanceof Instruction.LookUp look && kept.order(look.number()) == Swap.BE16
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
