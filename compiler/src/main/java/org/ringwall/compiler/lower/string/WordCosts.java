package org.ringwall.compiler.lower.string;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.table.Cost;
import org.ringwall.compiler.table.Costs;

/**
 * What comparing words is expected to cost: each comparison is guessed wrong half the time, and any beginning that is listed is as likely as the others.
 */
final class WordCosts {
    /** A comparison of 8 bytes, and of fewer. */
    private static final int WIDE_SLOTS = 3;

    private final Map<Place, Word> words;
    private final int rest;
    private final Map<Place, Integer> counts = new HashMap<>();

    WordCosts(WordTree tree, int rest) {
        this.words = tree.words();
        this.rest = rest;
    }

    /** The instructions of all, and the nanoseconds of a way through them. */
    Cost cost() {
        int all = count(Place.FIRST);
        int instructions = 0;
        double nanoseconds = 0;
        for (Map.Entry<Place, Word> entry : words.entrySet()) {
            Word word = entry.getValue();
            if (word.tells()) {
                int slots = word.bytes() == Long.BYTES ? WIDE_SLOTS : 1;
                instructions += 1 + slots * (word.ranges().size() - 1);
                nanoseconds += nanoseconds(word) * count(entry.getKey()) / all;
            }
        }
        return new Cost(instructions, nanoseconds + Costs.access((long) instructions * Costs.COMPARE_BYTES));
    }

    private static double nanoseconds(Word word) {
        return Costs.COMPARE_NS * Math.log(word.ranges().size()) / Math.log(2);
    }

    /** How many beginnings with another outcome than the rest lead through a word. */
    private int count(Place place) {
        Integer known = counts.get(place);
        if (known == null) {
            known = Optional.ofNullable(words.get(place)).stream()
                    .flatMap(word -> word.ranges().stream())
                    .map(Word.Range::way)
                    .mapToInt(way -> way instanceof Way.On on
                            ? count(on.place())
                            : way instanceof Way.Out out && out.outcome() != rest ? 1 : 0)
                    .sum();
            counts.put(place, known);
        }
        return known;
    }
}
