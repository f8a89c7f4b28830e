// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Bits;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;

/**
 * Makes every constant fit its comparison. A jump has an immediate of 32 bits, sign-extended to 64.
 * A greater number is compared in 32 bits if the value is no wider, and otherwise becomes a
 * separate constant. Code generation requires this pass; 32-bit comparisons save two slots for each
 * address in the upper half.
 */
final class LegalizeImmediates {
    private LegalizeImmediates() {}

    static Routine apply(Routine routine) {
        Bits bits = new Bits(routine);
        Emission emission = new Emission(routine.nextBlock(), routine.nextValue());
        for (BasicBlock block : routine.blocks()) {
            if (block.end() instanceof Terminator.Branch branch
                    && branch.right() instanceof Terminator.Right.OfNumber right
                    && !Terminator.Branch.holds(branch.width(), right.number())) {
                fit(emission, block, branch, right.number(), bits.of(branch.left()) <= 32);
            } else {
                emission.add(block);
            }
        }
        return new Routine(routine.hook(), emission.blocks());
    }

    private static void fit(
            Emission emission, BasicBlock block, Terminator.Branch branch, long number, boolean narrow) {
        if (narrow && number >>> 32 == 0) {
            emission.add(block.with(
                    block.instructions(),
                    new Terminator.Branch(
                            branch.op(), Width.W, branch.left(), branch.right(), branch.yes(), branch.no())));
            return;
        }
        Emission.Body constants = emission.body();
        Value constant = constants.add(new Op.Constant(number));
        List<Instruction> body = new ArrayList<>(block.instructions());
        body.addAll(constants.instructions());
        emission.add(block.with(
                body,
                new Terminator.Branch(
                        branch.op(),
                        Width.DW,
                        branch.left(),
                        new Terminator.Right.OfValue(constant),
                        branch.yes(),
                        branch.no())));
    }
}
