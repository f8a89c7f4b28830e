// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen.string;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.tables.Cost;
import org.ringwall.compiler.tables.Costs;

/**
 * The predicted cost of comparing words. Half of the comparisons are mispredicted, and all prefixes
 * are equally likely.
 */
final class WordCosts {
    /** The slots of an 8-byte comparison; narrower ones take one. */
    private static final int WIDE_SLOTS = 3;

    private final Map<Position, Word> words;
    private final int rest;
    private final Map<Position, Integer> counts = new HashMap<>();

    WordCosts(WordTree tree, int rest) {
        this.words = tree.words();
        this.rest = rest;
    }

    /** Returns the instructions of the whole tree and the nanoseconds of one path through it. */
    Cost cost() {
        int all = count(Position.FIRST);
        int instructions = 0;
        double nanoseconds = 0;
        for (Map.Entry<Position, Word> entry : words.entrySet()) {
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

    /**
     * Returns the number of prefixes with another outcome than the rest that pass through a word.
     */
    private int count(Position place) {
        Integer known = counts.get(place);
        if (known == null) {
            known = Optional.ofNullable(words.get(place)).stream()
                    .flatMap(word -> word.ranges().stream())
                    .map(Word.Range::way)
                    .mapToInt(way -> way instanceof Successor.On on
                            ? count(on.place())
                            : way instanceof Successor.Out out && out.outcome() != rest ? 1 : 0)
                    .sum();
            counts.put(place, known);
        }
        return known;
    }
}
