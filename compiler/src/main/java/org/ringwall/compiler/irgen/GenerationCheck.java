// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Intrinsic;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.Symbols;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.value.Comparison;

/** Code that tests the control word (docs/abi.md section 2). */
final class GenerationCheck {
    /**
     * The number of bits of a generation. The bit of `lo` above them says that the instance may be
     * in monitor mode.
     */
    private static final int GENERATION_BITS = 31;

    private final Flow flow;

    GenerationCheck(Flow flow) {
        this.flow = flow;
    }

    /**
     * Continues at `begin` if lo ≤ generation ≤ hi, else as if the program were not attached. No
     * generation is newer than `hi`, so if `lo` equals the generation no further test is needed.
     * This is the common case; the others are a switch of generations and monitor mode.
     */
    void end(Path path, BlockId begin) {
        Value control = path.add(new Op.AddressOf(Symbols.CONTROL));
        Value lo = path.add(Op.Load.global(Symbols.CONTROL_LO, Width.W), control);
        Value generation = generation(path.body());
        BlockId otherwise = path.name();
        path.end(branch(lo, Comparison.EQ, generation, begin, otherwise));
        path.open(otherwise);
        Value oldest = path.add(NumberOp.Alu.low(GENERATION_BITS), lo);
        leaveIf(path, oldest, Comparison.GT, generation);
        Value hi = path.add(Op.Load.global(Symbols.CONTROL_HI, Width.W), control);
        if (flow.decision().records()) {
            path.end(branch(generation, Comparison.GT, hi, flow.inert(), begin));
        } else {
            leaveIf(path, generation, Comparison.GT, hi);
            unlessMonitored(path, begin);
        }
    }

    /**
     * Makes a routine without records inert in monitor mode; other routines test for it at their
     * ends. If monitor mode was never on or has ended, its end time is in the past. The time is
     * read first, because the call would otherwise need a callee-saved register for the control
     * word.
     */
    private void unlessMonitored(Path path, BlockId begin) {
        Value now = path.add(Intrinsic.NOW);
        Value control = path.add(new Op.AddressOf(Symbols.CONTROL));
        Value until = path.add(Op.Load.global(Symbols.CONTROL_UNTIL, Width.DW), control);
        path.end(branch(now, Comparison.LT, until, flow.inert(), begin));
    }

    /**
     * Continues at `begin` if the generation is the newest, else at `otherwise`. The newest
     * generation always decides.
     */
    void newest(Path path, BlockId otherwise, BlockId begin) {
        Value control = path.add(new Op.AddressOf(Symbols.CONTROL));
        Value hi = path.add(Op.Load.global(Symbols.CONTROL_HI, Width.W), control);
        path.end(branch(hi, Comparison.NE, generation(path.body()), otherwise, begin));
    }

    /**
     * Continues at `begin` if the generation is the newest, without any earlier test, in a routine
     * without records. The newest generation is never less than `lo`, so a `lo` above it has its
     * top bit set.
     */
    void newestAlone(Path path, BlockId begin) {
        Value control = path.add(new Op.AddressOf(Symbols.CONTROL));
        Value hi = path.add(Op.Load.global(Symbols.CONTROL_HI, Width.W), control);
        Value generation = generation(path.body());
        leaveIf(path, hi, Comparison.NE, generation);
        Value lo = path.add(Op.Load.global(Symbols.CONTROL_LO, Width.W), control);
        BlockId maybe = path.name();
        path.end(branch(lo, Comparison.LE, generation, begin, maybe));
        path.open(maybe);
        unlessMonitored(path, begin);
    }

    private void leaveIf(Path path, Value left, Comparison op, Value right) {
        BlockId next = path.name();
        path.end(branch(left, op, right, flow.inert(), next));
        path.open(next);
    }

    /** Reads the generation of the program. */
    private static Value generation(Emission.Body body) {
        Value address = body.add(new Op.AddressOf(Symbols.GENERATION));
        return body.add(Op.Load.global(0, Width.W), address);
    }

    private static Terminator branch(Value left, Comparison op, Value right, BlockId yes, BlockId no) {
        return new Terminator.Branch(op, Width.DW, left, new Terminator.Right.OfValue(right), yes, no);
    }
}
