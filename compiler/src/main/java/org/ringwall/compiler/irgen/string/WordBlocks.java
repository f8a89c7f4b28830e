// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen.string;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.CaseList;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.source.Span;

/** The blocks of a tree of words, one for each reachable word that is read. */
final class WordBlocks {
    private final Emission emission;
    private final Span span;
    private final Map<Position, Word> words;
    private final Function<Successor, BlockId> outside;
    private final Map<Position, BlockId> names = new HashMap<>();

    /** The way in which a word is read. */
    interface Reading {
        /** Adds the read of this number of bytes at the place. */
        Value add(Emission.Body body, Position place, int bytes);
    }

    /**
     * Creates the blocks of words in topological order. Successors that are not words lead to the
     * blocks that `outside` returns.
     */
    WordBlocks(Emission emission, Span span, Map<Position, Word> words, Function<Successor, BlockId> outside) {
        this.emission = emission;
        this.span = span;
        this.words = words;
        this.outside = outside;
    }

    Word first() {
        return at(Position.FIRST);
    }

    private Word at(Position place) {
        Word word = words.get(place);
        if (word == null) {
            throw new IllegalStateException("no word at " + place);
        }
        return word;
    }

    /** Makes `id` the block of the first word, which must have several ranges. */
    void begin(BlockId id) {
        names.put(Position.FIRST, id);
    }

    /** Returns the block for a string of which nothing has been read. */
    BlockId start() {
        return block(Position.FIRST);
    }

    private BlockId block(Position place) {
        Word word = at(place);
        return word.tells() ? names.computeIfAbsent(place, here -> emission.name()) : block(word.only());
    }

    private BlockId block(Successor way) {
        return way instanceof Successor.On on ? block(on.place()) : outside.apply(way);
    }

    /** Adds the blocks; `first` is the body of the first word's block. */
    void add(Emission.Body first, Reading reading) {
        words.forEach((place, word) -> {
            BlockId name = names.get(place);
            if (name != null) {
                Emission.Body body = place.equals(Position.FIRST) ? first : emission.body();
                Value number = reading.add(body, place, word.bytes());
                CaseList cases = new CaseList();
                word.ranges().forEach(range -> cases.add(range.high(), block(range.way())));
                body.end(name, span, cases.on(number));
            }
        });
    }
}
