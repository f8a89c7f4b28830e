// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen.string;

import java.util.function.IntFunction;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.StringOp;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.Comparison;

/**
 * The blocks of a {@link Middle}. Its words may read into the end that is already matched; in a
 * string that short, the byte does not occur between the text and that end.
 */
final class MiddleCode {
    private final Emission emission;
    private final Span span;
    private final int size;
    private final Middle middle;
    private final IntFunction<BlockId> targets;

    /** Creates the code for strings in a buffer of this size. */
    MiddleCode(Emission emission, Span span, int size, Middle middle, IntFunction<BlockId> targets) {
        this.emission = emission;
        this.span = span;
        this.size = size;
        this.middle = middle;
        this.targets = targets;
    }

    /**
     * Adds the blocks, the first of which is `id`, for strings whose last `known` bytes before
     * `end` have been read.
     */
    void add(BlockId id, Value end, int known) {
        BlockId last = emission.name();
        WordBlocks words = new WordBlocks(
                emission,
                span,
                middle.text().words(),
                way -> way instanceof Successor.Out out ? targets.apply(out.outcome()) : last);
        if (words.first().tells()) {
            words.begin(id);
        } else {
            emission.body().end(id, span, new Terminator.Goto(words.start()));
        }
        words.add(
                emission.body(),
                (into, place, bytes) -> into.add(Op.Load.string(size, place.index(), Width.ofBytes(bytes))));
        Emission.Body body = emission.body();
        Value found = body.add(
                new StringOp.FindByte(middle.value(), size, middle.behind().index()));
        Value before = body.add(NumberOp.Alu.sub(known + 1L), end);
        body.end(
                last,
                span,
                new Terminator.Branch(
                        Comparison.EQ,
                        Width.DW,
                        found,
                        new Terminator.Right.OfValue(before),
                        targets.apply(middle.inside()),
                        targets.apply(middle.outside())));
    }
}
