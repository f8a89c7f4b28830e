// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen.string;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.strings.Automaton;
import org.ringwall.compiler.strings.StringKind;
import org.ringwall.compiler.tables.Cost;
import org.ringwall.compiler.tables.StringHash;

/**
 * The prefixes whose strings have another outcome than most, as a hash table of an automaton. No
 * prefix begins with another, since each ends as soon as no further byte can change the outcome.
 *
 * @param rest the outcome of all other strings
 * @param outcomes the outcomes of the prefixes, by their numbers in the table
 */
record PrefixTable(StringHash table, int rest, List<Integer> outcomes) {
    /** Fewer prefixes are compared directly. */
    private static final int LEAST = 8;

    /** The maximum number of prefixes in a table. */
    private static final int MOST = 4096;

    PrefixTable {
        outcomes = List.copyOf(outcomes);
    }

    /**
     * Returns the table if words from the start decide all strings and it is predicted to cost less
     * than comparing them; else empty.
     */
    static Optional<PrefixTable> of(Automaton automaton, StringKind kind, WordTree tree) {
        int common = automaton.common(0);
        if (!tree.walks().isEmpty() || !tree.ends().isEmpty() || !automaton.decided(common)) {
            return Optional.empty();
        }
        int rest = automaton.end(common);
        Map<Integer, Integer> numbers = new LinkedHashMap<>();
        List<StringHash.Entry> entries = new ArrayList<>();
        boolean few = new Search(automaton, kind, rest, numbers, entries).add(0, 0);
        if (!few || entries.size() < LEAST) {
            return Optional.empty();
        }
        Cost compared = new WordCosts(tree, rest).cost();
        return StringHash.of(entries, numbers.size(), compared)
                .map(table -> new PrefixTable(table, rest, List.copyOf(numbers.keySet())));
    }

    /** A traversal of the automaton in byte order. */
    private static final class Search {
        private final Automaton automaton;
        private final StringKind kind;
        private final int rest;
        private final Map<Integer, Integer> numbers;
        private final List<StringHash.Entry> entries;
        private final byte[] text = new byte[StringHash.MOST_WORDS * Long.BYTES];
        private int visited;

        Search(
                Automaton automaton,
                StringKind kind,
                int rest,
                Map<Integer, Integer> numbers,
                List<StringHash.Entry> entries) {
            this.automaton = automaton;
            this.kind = kind;
            this.rest = rest;
            this.numbers = numbers;
            this.entries = entries;
        }

        /** Returns false if there are too many prefixes or one is too long. */
        boolean add(int state, int length) {
            if (automaton.decided(state) || length == kind.limit()) {
                return outcome(automaton.end(state), length);
            } else if (length == text.length || ++visited > MOST * StringHash.MOST_WORDS) {
                return false;
            }
            text[length] = 0;
            boolean few = outcome(automaton.end(state), length + 1);
            for (int value = 1; few && value < 256; value++) {
                int to = automaton.next(state, value);
                if (!automaton.decided(to) || automaton.end(to) != rest) {
                    text[length] = (byte) value;
                    few = add(to, length + 1);
                }
            }
            return few;
        }

        private boolean outcome(int outcome, int length) {
            if (outcome != rest) {
                int number = numbers.computeIfAbsent(outcome, each -> numbers.size());
                entries.add(new StringHash.Entry(text, length, number));
            }
            return entries.size() <= MOST;
        }
    }
}
