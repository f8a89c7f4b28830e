// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.strings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.StringPattern;

/**
 * Matching the last bytes of a string has the same result as the automaton that reads it from the
 * start.
 */
class ReversedAutomatonTest {
    private static final String LETTERS = "ab/.";

    private static Automaton automaton(List<StringPattern> patterns) {
        try {
            return Classifier.of(StringKind.SYSCTL_NAME, new TreeSet<>(patterns))
                    .automaton();
        } catch (TooManyStatesException e) {
            throw new AssertionError(e);
        }
    }

    private static Optional<ReversedAutomaton> whole(Automaton automaton) {
        BitSet all = new BitSet();
        all.set(0, automaton.states());
        return ReversedAutomaton.of(automaton, all, state -> true);
    }

    private static StringPattern pattern(StringPattern.Kind kind, String text) {
        return new StringPattern(kind, text);
    }

    private static String text(Random random, int most) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return text.toString();
    }

    /**
     * Reads from the end until the result is decided, or to the start, and compares with the
     * automaton.
     */
    private static void compare(Automaton automaton, ReversedAutomaton backwards, String text) {
        int expected = automaton.end(automaton.run(ByteString.of(text)));
        int state = 0;
        for (int i = text.length() - 1; i >= 0 && !backwards.isDecided(state); i--) {
            state = backwards.next(state, text.charAt(i));
        }
        assertThat(backwards.isImpossible(state)).as(text).isFalse();
        assertThat(
                        backwards.isDecided(state)
                                ? backwards.outcome(state)
                                : backwards.whole(state).orElseThrow())
                .as(text)
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomStringsHaveTheSameResult(int seed) {
        Random random = new Random(seed);
        int read = 0;
        for (int i = 0; i < 200; i++) {
            List<StringPattern> patterns = IntStream.range(0, 1 + random.nextInt(3))
                    .mapToObj(n -> switch (random.nextInt(3)) {
                        case 0 -> pattern(StringPattern.Kind.SUFFIX, "." + text(random, 4));
                        case 1 -> pattern(StringPattern.Kind.GLOB, "**/" + text(random, 4));
                        default -> pattern(StringPattern.Kind.EXACT, "a" + text(random, 5));
                    })
                    .toList();
            Automaton automaton = automaton(patterns);
            Optional<ReversedAutomaton> backwards = whole(automaton);
            if (backwards.isPresent()) {
                read++;
                for (int n = 0; n < 100; n++) {
                    compare(automaton, backwards.get(), text(random, 14));
                }
            }
        }
        assertThat(read).as("automata that the end tells apart").isGreaterThan(40);
    }

    @Test
    void aSuffixIsDecidedFromTheEnd() {
        ReversedAutomaton backwards = whole(automaton(List.of(pattern(StringPattern.Kind.SUFFIX, "docker.sock"))))
                .orElseThrow();
        assertThat(backwards.isDecided(0)).isFalse();
        assertThat(backwards.isDecided(backwards.next(0, 'x'))).isTrue();
        assertThat(backwards.isDecided(backwards.next(0, 'k'))).isFalse();
    }

    @Test
    void aPrefixIsNotMatchedFromTheEnd() {
        assertThat(whole(automaton(List.of(pattern(StringPattern.Kind.PREFIX, "net/")))))
                .isEmpty();
    }

    @Test
    void anInfixIsNotMatchedFromTheEnd() {
        Optional<ReversedAutomaton> backwards =
                whole(automaton(List.of(pattern(StringPattern.Kind.GLOB, "**/conf/**"))));
        assertThat(backwards).isEmpty();
    }

    @Test
    void cyclesContainTheStatesThatReachThemselves() {
        assertThat(Cycles.of(new int[][] {{1}, {2}, {1, 3}, {3}, {0}})).isEqualTo(bits(1, 2, 3));
        assertThat(Cycles.of(new int[][] {{1, 2}, {2}, {}})).isEqualTo(bits());
    }

    private static BitSet bits(int... numbers) {
        BitSet bits = new BitSet();
        IntStream.of(numbers).forEach(bits::set);
        return bits;
    }
}
