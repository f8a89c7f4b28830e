package org.ringwall.compiler.lower.string;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.CaseList;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.source.Span;

/** The blocks that tell the strings of one group by their end: where it is, then words before it. */
final class TailCode {
    /** More than any place in a buffer. */
    private static final long BEYOND = 0xffff;

    private final Emission emission;
    private final Span span;
    private final Buffer buffer;
    private final TailTree tree;
    private final IntFunction<BlockId> targets;
    private final Supplier<BlockId> walk;
    private final WordBlocks words;
    private final Map<Place, BlockId> middles = new HashMap<>();

    /**
     * Where the string lies.
     *
     * @param length what says how long it is, where something does
     * @param limit how many bytes of it are known at most
     */
    record Buffer(Optional<Value> length, int size, int limit) {}

    /** Outcomes lead where `targets` says, and what the end does not tell to what `walk` gives. */
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
     * @param body what is in it already
     * @param cut where a string goes that is longer than what is known of it; empty if none is
     */
    void add(BlockId id, Emission.Body body, int from, Optional<BlockId> cut) {
        int before = Math.max(0, tree.depth() - from / 8 * 8);
        Value end = body.add(result -> new Instruction.FindEnd(result, buffer.length(), buffer.size(), from, before));
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
            Value place = open.add(result -> new Instruction.EndPlace(result, end));
            Value shift = open.add(result -> new Instruction.EndShift(result, end));
            words.add(
                    open,
                    (result, at, bytes) ->
                            new Instruction.ReadEnd(result, place, shift, buffer.size(), at.index(), bytes));
        }
        tree.between().forEach((place, middle) -> {
            BlockId name = middles.get(place);
            if (name != null) {
                new MiddleCode(emission, span, buffer.size(), middle, targets).add(name, end, place.index());
            }
        });
    }

    private BlockId outside(Way way) {
        if (way instanceof Way.Out out) {
            return targets.apply(out.outcome());
        }
        Place here = ((Way.Table) way).place();
        return tree.between().containsKey(here) ? middles.computeIfAbsent(here, place -> emission.name()) : walk.get();
    }
}
