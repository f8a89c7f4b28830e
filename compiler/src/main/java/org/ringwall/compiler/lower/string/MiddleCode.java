package org.ringwall.compiler.lower.string;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.Comparison;

/**
 * The blocks of a {@link Middle}. Its words may read into the end that is known already; a string that is so short has the byte at no place
 * behind the text and before that end.
 */
final class MiddleCode {
    private final Emission emission;
    private final Span span;
    private final TailCode.Buffer buffer;
    private final Middle middle;
    private final IntFunction<BlockId> targets;
    private final Map<WordTree.Place, BlockId> names = new HashMap<>();
    private final BlockId last;

    MiddleCode(Emission emission, Span span, TailCode.Buffer buffer, Middle middle, IntFunction<BlockId> targets) {
        this.emission = emission;
        this.span = span;
        this.buffer = buffer;
        this.middle = middle;
        this.targets = targets;
        this.last = emission.name();
    }

    /** Adds the blocks, the first of which is `id`, for strings that are read up to `known` bytes before their `end`. */
    void add(BlockId id, Value end, int known) {
        WordTree.Place first = new WordTree.Place(0, 0);
        if (wordAt(first).ranges().size() > 1) {
            names.put(first, id);
        } else {
            emission.body().end(id, span, new Terminator.Goto(last));
        }
        for (int index : middle.text().words().keySet()) {
            for (int state : middle.text().words().getOrDefault(index, Map.of()).keySet()) {
                WordTree.Place place = new WordTree.Place(state, index);
                BlockId name = names.get(place);
                if (name != null) {
                    word(place, name);
                }
            }
        }
        Emission.Body body = emission.body();
        Value found = body.add(result -> new Instruction.FindByte(
                result, middle.value(), buffer.size(), middle.behind().index()));
        Value before = body.add(result -> new Instruction.Less(result, end, known + 1L));
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

    private void word(WordTree.Place place, BlockId id) {
        WordTree.Word read = wordAt(place);
        Emission.Body body = emission.body();
        Value word = body.add(result -> new Instruction.ReadString(result, buffer.size(), place.index(), read.width()));
        List<Terminator.Case> cases = new ArrayList<>();
        read.ranges().forEach(range -> cases.add(new Terminator.Case(range.high(), way(range.way()))));
        body.end(id, span, new Terminator.Switch(word, TailCode.cases(cases)));
    }

    private BlockId way(WordTree.Way way) {
        if (way instanceof WordTree.Way.Out out) {
            return targets.apply(out.outcome());
        } else if (way instanceof WordTree.Way.On on) {
            return place(on.place());
        }
        return last;
    }

    private BlockId place(WordTree.Place place) {
        List<WordTree.Range> ranges = wordAt(place).ranges();
        return ranges.size() == 1 ? way(ranges.get(0).way()) : names.computeIfAbsent(place, here -> emission.name());
    }

    private WordTree.Word wordAt(WordTree.Place place) {
        WordTree.Word word =
                middle.text().words().getOrDefault(place.index(), Map.of()).get(place.state());
        if (word == null) {
            throw new IllegalStateException("no word at " + place);
        }
        return word;
    }
}
