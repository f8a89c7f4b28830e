// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen.string;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.CaseList;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.StringOp;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.source.Span;

/**
 * The blocks that decide the strings of one group by their end: the search for the end, then words
 * before it.
 */
final class TailCode {
    /** Greater than any index in a buffer. */
    private static final long BEYOND = 0xffff;

    /** The bits of an offset in a word. */
    private static final int BITS_OF_WORD = Long.SIZE - Byte.SIZE;

    private final Emission emission;
    private final Span span;
    private final Buffer buffer;
    private final TailTree tree;
    private final IntFunction<BlockId> targets;
    private final Supplier<BlockId> walk;
    private final WordBlocks words;
    private final Map<Position, BlockId> middles = new HashMap<>();

    /**
     * The location of the string.
     *
     * @param length the value that holds the length, if any
     * @param limit the maximum number of bytes that are known
     */
    record Buffer(Optional<Value> length, int size, int limit) {}

    /**
     * Creates the code. Outcomes lead to `targets`, and strings that the end does not decide to the
     * block from `walk`.
     */
    TailCode(
            Emission emission,
            Span span,
            Buffer buffer,
            TailTree tree,
            IntFunction<BlockId> targets,
            Supplier<BlockId> walk) {
        this.emission = emission;
        this.span = span;
        this.buffer = buffer;
        this.tree = tree;
        this.targets = targets;
        this.walk = walk;
        this.words = new WordBlocks(emission, span, tree.words(), this::outside);
    }

    /**
     * Adds the blocks for strings of at least `from` bytes.
     *
     * @param id the first block
     * @param body the instructions that it already has
     * @param cut the target of truncated strings; empty if there are none
     */
    void add(BlockId id, Emission.Body body, int from, Optional<BlockId> cut) {
        int before = Math.max(0, tree.depth() - from / 8 * 8);
        Value end = body.add(
                new StringOp.FindEnd(buffer.size(), from, before),
                buffer.length().stream().toList());
        Emission.Body open = body;
        if (cut.isPresent()) {
            CaseList cases = new CaseList().add(buffer.limit(), words.start()).add(BEYOND, cut.get());
            body.end(id, span, cases.on(end));
            open = emission.body();
        } else if (words.first().tells()) {
            words.begin(id);
        } else {
            body.end(id, span, new Terminator.Goto(words.start()));
        }
        if (words.first().tells()) {
            Value place = open.add(new StringOp.EndPlace(buffer.size()), end);
            Value shift = open.add(NumberOp.Alu.and(BITS_OF_WORD), open.add(NumberOp.Alu.shl(3), end));
            words.add(
                    open,
                    (into, at, bytes) ->
                            into.add(new StringOp.ReadEnd(buffer.size(), at.index(), bytes), place, shift));
        }
        tree.between().forEach((place, middle) -> {
            BlockId name = middles.get(place);
            if (name != null) {
                new MiddleCode(emission, span, buffer.size(), middle, targets).add(name, end, place.index());
            }
        });
    }

    private BlockId outside(Successor way) {
        if (way instanceof Successor.Out out) {
            return targets.apply(out.outcome());
        }
        Position here = ((Successor.Table) way).place();
        return tree.between().containsKey(here) ? middles.computeIfAbsent(here, place -> emission.name()) : walk.get();
    }
}
