// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen.string;

import java.util.BitSet;
import java.util.Optional;
import java.util.stream.IntStream;
import org.ringwall.compiler.strings.Automaton;
import org.ringwall.compiler.strings.ReversedAutomaton;
import org.ringwall.compiler.strings.StringKind;

/**
 * A string test for patterns such as `a/*` + `/end`, after the end of the string has been matched
 * and two outcomes remain. One outcome is that of the strings that begin with certain text and then
 * contain the byte `value` only immediately before the matched end. Words match the text, and a
 * search for the first such byte after it decides.
 *
 * @param text the words, which leave exactly one place undecided: the one after the text
 * @param behind the place after the text
 * @param value the byte
 * @param inside the outcome of the strings that match
 * @param outside the outcome of all other strings
 */
record Middle(WordTree text, Position behind, int value, int inside, int outside) {
    /**
     * Returns the test for strings whose end leads to this state; empty if they are not of this
     * form.
     */
    static Optional<Middle> of(Automaton automaton, StringKind kind, ReversedAutomaton backwards, int state) {
        int[] outcomes = IntStream.range(0, automaton.states())
                .mapToObj(before -> backwards.behind(state, before))
                .flatMap(Optional::stream)
                .mapToInt(Integer::intValue)
                .distinct()
                .toArray();
        return outcomes.length != 2
                ? Optional.empty()
                : of(automaton, kind, backwards, state, outcomes[0])
                        .or(() -> of(automaton, kind, backwards, state, outcomes[1]));
    }

    /** States that no such string reaches may have any outcome. */
    private static Optional<Middle> of(
            Automaton automaton, StringKind kind, ReversedAutomaton backwards, int state, int outside) {
        int[] ends = IntStream.range(0, automaton.states())
                .map(before -> backwards.behind(state, before).orElse(outside))
                .toArray();
        Automaton before = automaton.outcomes(ends, ends);
        boolean may = IntStream.range(0, before.states())
                .anyMatch(start -> value(before, start, outside).isPresent());
        if (!may) {
            return Optional.empty();
        }
        WordTree text = new WordTree(before, kind, Tails.none(before));
        if (text.walks().size() != 1 || !isPlain(text, outside)) {
            return Optional.empty();
        }
        Position behind = text.walks().iterator().next();
        return value(before, behind.state(), outside)
                .map(found -> new Middle(text, behind, found, before.end(before.next(behind.state(), found)), outside));
    }

    /** Whether all strings but those at the undecided place have this outcome. */
    private static boolean isPlain(WordTree text, int outside) {
        return text.words().values().stream()
                .flatMap(word -> word.ranges().stream())
                .map(Word.Range::way)
                .noneMatch(way -> way instanceof Successor.Out out && out.outcome() != outside);
    }

    /**
     * Returns the only byte that leaves `start`. It must lead to a state in which strings end with
     * another outcome, and from which every byte leads to a final state with the outcome `outside`.
     */
    private static Optional<Integer> value(Automaton before, int start, int outside) {
        int found = 0;
        for (int value = 1; value < 256; value++) {
            if (before.next(start, value) != start) {
                if (found != 0) {
                    return Optional.empty();
                }
                found = value;
            }
        }
        if (found == 0 || before.end(start) != outside) {
            return Optional.empty();
        }
        int last = before.next(start, found);
        BitSet lost = new BitSet();
        before.successors(last).forEach(lost::set);
        int rest = lost.nextSetBit(0);
        boolean ends = before.end(last) != outside
                && lost.cardinality() == 1
                && before.decided(rest)
                && before.end(rest) == outside;
        return ends ? Optional.of(found) : Optional.empty();
    }
}
