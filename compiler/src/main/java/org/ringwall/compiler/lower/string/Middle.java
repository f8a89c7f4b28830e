package org.ringwall.compiler.lower.string;

import java.util.BitSet;
import java.util.Optional;
import java.util.stream.IntStream;
import org.ringwall.compiler.strings.Automaton;
import org.ringwall.compiler.strings.Backwards;
import org.ringwall.compiler.strings.StringKind;

/**
 * Strings whose end is known and still tells two outcomes: one of them is that of those strings alone which begin with certain text, and then have no
 * byte `value` but the one just before that end; as `a/*` + `/end` is read from its end on. Words tell the text, and the place of the first such byte behind it
 * the rest.
 *
 * @param text the words, which lead to a table from one place alone: behind the text
 * @param value the byte
 * @param inside the outcome of those strings
 * @param outside that of all others
 */
record Middle(WordTree text, Place behind, int value, int inside, int outside) {
    /** What is told so of strings with an end that has led to this state; nothing if they are not of that kind. */
    static Optional<Middle> of(Automaton automaton, StringKind kind, Backwards backwards, int state) {
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

    /** States that no such string comes to may have any outcome. */
    private static Optional<Middle> of(
            Automaton automaton, StringKind kind, Backwards backwards, int state, int outside) {
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
        Place behind = text.walks().iterator().next();
        return value(before, behind.state(), outside)
                .map(found -> new Middle(text, behind, found, before.end(before.next(behind.state(), found)), outside));
    }

    /** Whether all but the strings that come to the table have this outcome. */
    private static boolean isPlain(WordTree text, int outside) {
        return text.words().values().stream()
                .flatMap(word -> word.ranges().stream())
                .map(Word.Range::way)
                .noneMatch(way -> way instanceof Way.Out out && out.outcome() != outside);
    }

    /**
     * The byte that alone leads out of the states that others lead around in: to one in which strings end with another outcome, and from which
     * everything leads back to the first one for good.
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
