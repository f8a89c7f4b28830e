package org.ringwall.compiler.form;

import java.util.function.Function;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.value.Comparison;

/** Code that goes straight on from a block whose end a form replaces, but for comparisons that lead away from it. */
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

    /** Adds the instruction that is made for a fresh value. */
    Value add(Function<Value, Instruction> instruction) {
        return body.add(instruction);
    }

    /** Reads what a switch that is joined to this one read before it. */
    Value read(GroupedSwitch.Shape shape) {
        return shape.readIn(body);
    }

    /** Leads to the target if the value compares so, unsigned, with the number; what is added next is behind that. */
    void leave(Comparison comparison, Value value, long number, BlockId target) {
        BlockId next = emission.name();
        Terminator.Right right = new Terminator.Right.OfNumber(number);
        end(new Terminator.Branch(comparison, Width.DW, value, right, target, next));
        body = emission.body();
        at = next;
    }

    /** Ends it. */
    void end(Terminator end) {
        body.end(at, origin.span(), end);
    }

    /** Ends it as a form does that tells this value's ways apart. */
    void end(SwitchForm form, Value value) {
        form.add(emission, new BasicBlock(at, origin.span(), body.instructions(), origin.end()), value);
    }
}
