// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.value.Comparison;

/** Straight-line code that replaces the end of a block, with branches that leave it. */
final class Straight {
    private final Emission emission;
    private final BasicBlock origin;
    private Emission.Body body;
    private BlockId at;

    Straight(Emission emission, BasicBlock origin) {
        this.emission = emission;
        this.origin = origin;
        this.body = emission.body(origin);
        this.at = origin.id();
    }

    /** Adds an instruction with a fresh result and returns that value. */
    Value add(Op op, Value... operands) {
        return body.add(op, operands);
    }

    /** Adds the reads of a switch that is joined to this one. */
    Value read(GroupedSwitch.Shape shape) {
        return shape.readIn(body);
    }

    /**
     * Branches to the target if the unsigned comparison with the number holds; further code follows
     * on the other path.
     */
    void leave(Comparison comparison, Value value, long number, BlockId target) {
        BlockId next = emission.name();
        Terminator.Right right = new Terminator.Right.OfNumber(number);
        end(new Terminator.Branch(comparison, Width.DW, value, right, target, next));
        body = emission.body();
        at = next;
    }

    /** Ends the code. */
    void end(Terminator end) {
        body.end(at, origin.span(), end);
    }

    /** Ends the code with a form of a switch on this value. */
    void end(SwitchForm form, Value value) {
        form.add(emission, new BasicBlock(at, origin.span(), body.instructions(), origin.end()), value);
    }
}
