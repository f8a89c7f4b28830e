package org.ringwall.compiler.lower.string;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.CaseList;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.source.Span;

/** The blocks of a tree of words: one for each word that tells anything and that a block leads to. */
final class WordBlocks {
    private final Emission emission;
    private final Span span;
    private final Map<Place, Word> words;
    private final Function<Way, BlockId> outside;
    private final Map<Place, BlockId> names = new HashMap<>();

    /** How a word is read. */
    interface Reading {
        /** The instruction that reads so many bytes at the place. */
        Instruction of(Value result, Place place, int bytes);
    }

    /** Of words that each stand behind all that lead to them; what is no way to another word goes where `outside` says. */
    WordBlocks(Emission emission, Span span, Map<Place, Word> words, Function<Way, BlockId> outside) {
        this.emission = emission;
        this.span = span;
        this.words = words;
        this.outside = outside;
    }

    /** The first word. */
    Word first() {
        return at(Place.FIRST);
    }

    private Word at(Place place) {
        Word word = words.get(place);
        if (word == null) {
            throw new IllegalStateException("no word at " + place);
        }
        return word;
    }

    /** The first word, which tells something, is compared in this block. */
    void begin(BlockId id) {
        names.put(Place.FIRST, id);
    }

    /** The block that a string goes to of which nothing has been read. */
    BlockId start() {
        return block(Place.FIRST);
    }

    private BlockId block(Place place) {
        Word word = at(place);
        return word.tells() ? names.computeIfAbsent(place, here -> emission.name()) : block(word.only());
    }

    private BlockId block(Way way) {
        return way instanceof Way.On on ? block(on.place()) : outside.apply(way);
    }

    /** Adds the blocks; in that of the first word is something already. */
    void add(Emission.Body first, Reading reading) {
        words.forEach((place, word) -> {
            BlockId name = names.get(place);
            if (name != null) {
                Emission.Body body = place.equals(Place.FIRST) ? first : emission.body();
                Value number = body.add(result -> reading.of(result, place, word.bytes()));
                CaseList cases = new CaseList();
                word.ranges().forEach(range -> cases.add(range.high(), block(range.way())));
                body.end(name, span, cases.on(number));
            }
        });
    }
}
