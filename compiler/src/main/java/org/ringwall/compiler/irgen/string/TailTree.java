// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen.string;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import org.ringwall.compiler.strings.ReversedAutomaton;

/**
 * A decision tree over the end of a string, 8 bytes at a time from the end. As little-endian
 * numbers, words with the same last bytes form one interval. Bytes before the start are zeros.
 * Where an unbounded number of bytes may be insignificant, the table takes over.
 */
final class TailTree {
    private static final int WORD = 8;

    /** The table always starts at the beginning of the string. */
    private static final Successor TABLE = new Successor.Table(new Position(-1, 0));

    /** The maximum number of states for which a {@link Middle} is searched. */
    private static final int MOST_MIDDLES = 8;

    private final ReversedAutomaton backwards;
    private final int most;
    private final IntFunction<Optional<Middle>> middles;
    private final Map<Position, Word> words = new LinkedHashMap<>();
    private final Map<Position, Middle> between = new LinkedHashMap<>();
    private final Map<Integer, Optional<Middle>> known = new HashMap<>();
    private boolean walks;

    /**
     * Creates a tree that reads at most `most` bytes. States for which `middles` has a test are not
     * left to the table.
     */
    TailTree(ReversedAutomaton backwards, int most, IntFunction<Optional<Middle>> middles) {
        this.backwards = backwards;
        this.most = most;
        this.middles = middles;
        Map<Integer, Boolean> little = new HashMap<>();
        List<Position> open = new ArrayList<>(List.of(Position.FIRST));
        for (int i = 0; i < open.size(); i++) {
            Position place = open.get(i);
            Word word = new Division(place, little).word();
            words.put(place, word);
            for (Word.Range range : word.ranges()) {
                if (range.way() instanceof Successor.On on && !open.contains(on.place())) {
                    open.add(on.place());
                }
                walks |= range.way().equals(TABLE);
            }
        }
    }

    /**
     * Returns the words by place, in topological order. The index of a place is the number of bytes
     * read before the end; a narrow word has those of its bytes that are nearest to the end.
     */
    Map<Position, Word> words() {
        return words;
    }

    /**
     * Returns the tests of undecided strings by place, whose index is the number of bytes read from
     * the end.
     */
    Map<Position, Middle> between() {
        return between;
    }

    /** Whether some strings are left to the table. */
    boolean walks() {
        return walks;
    }

    /** Returns the number of bytes that are read, a multiple of 8. */
    int depth() {
        return words.entrySet().stream()
                .filter(entry -> entry.getValue().tells())
                .mapToInt(entry -> entry.getKey().index() + WORD)
                .max()
                .orElse(0);
    }

    private final class Division {
        private final Position place;
        private final Map<Integer, Boolean> little;
        private final Word.Ranges ranges = new Word.Ranges();
        private int bytes;

        Division(Position place, Map<Integer, Boolean> little) {
            this.place = place;
            this.little = little;
        }

        Word word() {
            if (!divide(place.state(), 0, 0)) {
                return new Word(0, List.of(new Word.Range(-1L, TABLE)));
            }
            ranges.widen(-1L);
            List<Word.Range> all = ranges.list();
            int read = bytes > WORD / 2 ? WORD : bytes;
            int unread = Math.min(Long.SIZE - 1, Long.SIZE - read * 8);
            List<Word.Range> narrow = all.stream()
                    .map(range -> new Word.Range(range.high() >>> unread, range.way()))
                    .toList();
            return new Word(read, all.size() > 1 ? narrow : all);
        }

        /**
         * Adds the ranges of the words that end with the bytes of `start`; false if there are too
         * many.
         */
        private boolean divide(int state, int depth, long start) {
            long last = depth == WORD ? start : start | -1L >>> depth * 8;
            if (backwards.isImpossible(state)) {
                return true; // Impossible words join the next range.
            } else if (backwards.isDecided(state)) {
                return ranges.add(last, new Successor.Out(backwards.outcome(state)));
            } else if (backwards.isCyclic(state)) {
                return ranges.add(last, table(state, place.index() + depth));
            } else if (depth == WORD) {
                return ranges.add(last, on(state));
            }
            bytes = Math.max(bytes, depth + 1);
            int shift = (WORD - 1 - depth) * 8;
            // Below the first byte of the string, all bytes are zero.
            backwards.whole(state).ifPresent(outcome -> ranges.add(start, new Successor.Out(outcome)));
            for (int value = 1; value < 256; value++) {
                if (!divide(backwards.next(state, value), depth + 1, start | (long) value << shift)) {
                    return false;
                }
            }
            return true;
        }

        /** Leaves the rest to the table where few strings would be decided by reading on. */
        private Successor on(int state) {
            int read = place.index() + WORD;
            boolean stays = read < most && !little.computeIfAbsent(state, backwards::tellsLittle);
            return stays ? new Successor.On(new Position(state, read)) : table(state, read);
        }

        private Successor table(int state, int read) {
            Position here = new Position(state, read);
            Optional<Middle> middle = known.size() < MOST_MIDDLES
                    ? known.computeIfAbsent(state, middles::apply)
                    : known.getOrDefault(state, Optional.empty());
            middle.ifPresent(found -> between.put(here, found));
            return middle.isPresent() ? new Successor.Table(here) : TABLE;
        }
    }
}
