package org.ringwall.compiler.lower.string;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.ringwall.compiler.ir.BlockId;
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
    private final IntFunction<BlockId> targets;
    private final Supplier<BlockId> walk;
    private final Map<WordTree.Place, BlockId> names = new HashMap<>();
    private final Map<WordTree.Place, BlockId> middles = new HashMap<>();

    /**
     * Where the string lies.
     *
     * @param length what says how long it is, where something does
     * @param limit how many bytes of it are known at most
     */
    record Buffer(Optional<Value> length, int size, int limit) {}

    /** Outcomes lead where `targets` says, and what the end does not tell to what `walk` gives. */
    TailCode(Emission emission, Span span, Buffer buffer, IntFunction<BlockId> targets, Supplier<BlockId> walk) {
        this.emission = emission;
        this.span = span;
        this.buffer = buffer;
        this.targets = targets;
        this.walk = walk;
    }

    /**
     * Adds the blocks for strings of at least `from` bytes.
     *
     * @param id the first block
     * @param body what is in it already
     * @param cut where a string goes that is longer than what is known of it; empty if none is
     */
    void add(BlockId id, Emission.Body body, TailTree tree, int from, Optional<BlockId> cut) {
        int before = Math.max(0, tree.depth() - from / 8 * 8);
        Value end = body.add(result -> new Instruction.FindEnd(result, buffer.length(), buffer.size(), from, before));
        BlockId first = id;
        Emission.Body open = body;
        if (cut.isPresent()) {
            first = place(tree, TailTree.first());
            body.end(
                    id,
                    span,
                    new Terminator.Switch(
                            end,
                            cases(List.of(
                                    new Terminator.Case(buffer.limit(), first),
                                    new Terminator.Case(BEYOND, cut.get())))));
            open = emission.body();
        } else if (ranges(tree, TailTree.first()).size() == 1) {
            body.end(id, span, new Terminator.Goto(place(tree, TailTree.first())));
        } else {
            names.put(TailTree.first(), first);
        }
        if (ranges(tree, TailTree.first()).size() > 1) {
            words(first, open, tree, end);
        }
        tree.between().forEach((place, middle) -> {
            BlockId name = middles.get(place);
            if (name != null) {
                new MiddleCode(emission, span, buffer, middle, targets).add(name, end, place.index());
            }
        });
    }

    private void words(BlockId first, Emission.Body open, TailTree tree, Value end) {
        Value place = open.add(result -> new Instruction.EndPlace(result, end));
        Value shift = open.add(result -> new Instruction.EndShift(result, end));
        for (WordTree.Place each : tree.words().keySet()) {
            BlockId name = names.get(each);
            if (name != null) {
                Emission.Body body = name.equals(first) ? open : emission.body();
                word(tree, each, name, body, List.of(place, shift));
            }
        }
    }

    private void word(TailTree tree, WordTree.Place at, BlockId id, Emission.Body body, List<Value> end) {
        TailTree.Word read = wordAt(tree, at);
        Value word = body.add(result ->
                new Instruction.ReadEnd(result, end.get(0), end.get(1), buffer.size(), at.index(), read.bytes()));
        List<Terminator.Case> cases = read.ranges().stream()
                .map(range -> new Terminator.Case(range.high(), way(tree, range.way())))
                .toList();
        body.end(id, span, new Terminator.Switch(word, cases(cases)));
    }

    /** Neighbours that lead to one block are one case. */
    static List<Terminator.Case> cases(List<Terminator.Case> all) {
        List<Terminator.Case> cases = new ArrayList<>();
        for (Terminator.Case each : all) {
            int last = cases.size() - 1;
            if (last >= 0 && cases.get(last).target().equals(each.target())) {
                cases.set(last, each);
            } else {
                cases.add(each);
            }
        }
        return cases;
    }

    /** The block that goes on at the place. */
    private BlockId place(TailTree tree, WordTree.Place place) {
        List<WordTree.Range> ranges = ranges(tree, place);
        return ranges.size() == 1
                ? way(tree, ranges.get(0).way())
                : names.computeIfAbsent(place, here -> emission.name());
    }

    private BlockId way(TailTree tree, WordTree.Way way) {
        if (way instanceof WordTree.Way.Out out) {
            return targets.apply(out.outcome());
        } else if (way instanceof WordTree.Way.On on) {
            return place(tree, on.place());
        }
        WordTree.Place here = ((WordTree.Way.Table) way).place();
        return tree.between().containsKey(here) ? middles.computeIfAbsent(here, place -> emission.name()) : walk.get();
    }

    private static List<WordTree.Range> ranges(TailTree tree, WordTree.Place place) {
        return wordAt(tree, place).ranges();
    }

    private static TailTree.Word wordAt(TailTree tree, WordTree.Place place) {
        TailTree.Word word = tree.words().get(place);
        if (word == null) {
            throw new IllegalStateException("no word at " + place);
        }
        return word;
    }
}
