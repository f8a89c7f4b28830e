// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.strings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.compiler.value.ByteString;

/** Minimal automata against pairs of states that are distinguished step by step. */
class AutomatonTest {
    private static final int SYMBOLS = 3;

    /** The automaton of a table; byte 1 has symbol 0, byte 2 symbol 1, all others symbol 2. */
    private static Automaton automaton(int[][] next, int[] end, int[] cut) {
        int[] symbols = IntStream.range(0, 256)
                .map(value -> value == 1 ? 0 : value == 2 ? 1 : 2)
                .toArray();
        return Automaton.minimal(symbols, next, end, cut);
    }

    private static int[] row(Random random, int length, int bound) {
        return random.ints(length, 0, bound).toArray();
    }

    /** Returns the number of states that can be reached and that some string distinguishes. */
    private static int distinct(int[][] next, int[] end, int[] cut) {
        int states = next.length;
        boolean[][] apart = new boolean[states][states];
        for (int round = 0; round <= states; round++) {
            for (int a = 0; a < states; a++) {
                for (int b = 0; b < states; b++) {
                    apart[a][b] |= end[a] != end[b] || cut[a] != cut[b];
                    for (int symbol = 0; symbol < SYMBOLS; symbol++) {
                        apart[a][b] |= apart[next[a][symbol]][next[b][symbol]];
                    }
                }
            }
        }
        Set<Integer> reached = new HashSet<>(Set.of(0));
        List<Integer> open = new ArrayList<>(reached);
        for (int i = 0; i < open.size(); i++) {
            for (int to : next[open.get(i)]) {
                if (reached.add(to)) {
                    open.add(to);
                }
            }
        }
        return (int) open.stream()
                .filter(state -> open.stream().noneMatch(other -> other < state && !apart[other][state]))
                .count();
    }

    private static ByteString text(Random random) {
        int[] values = row(random, random.nextInt(12), SYMBOLS);
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (values[i] + 1);
        }
        return ByteString.of(bytes);
    }

    private static int run(int[][] next, ByteString text) {
        int state = 0;
        for (int i = 0; i < text.size(); i++) {
            state = next[state][text.at(i) - 1];
        }
        return state;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void statesThatNoStringDistinguishesAreOne(int seed) {
        Random random = new Random(seed);
        for (int drawn = 0; drawn < 200; drawn++) {
            int states = 1 + random.nextInt(25);
            int[][] next = new int[states][];
            for (int state = 0; state < states; state++) {
                next[state] = row(random, SYMBOLS, states);
            }
            int[] end = row(random, states, 2);
            int[] cut = random.nextBoolean() ? end : row(random, states, 2);

            Automaton minimal = automaton(next, end, cut);
            Automaton mapped = minimal.map(outcome -> 7 - outcome);

            assertThat(minimal.states()).as("seed %d, %d", seed, drawn).isEqualTo(distinct(next, end, cut));
            assertThat(mapped.states()).isEqualTo(minimal.states());
            for (int i = 0; i < 50; i++) {
                ByteString text = text(random);
                int reached = run(next, text);
                assertThat(minimal.end(minimal.run(text))).isEqualTo(end[reached]);
                assertThat(mapped.end(mapped.run(text))).isEqualTo(7 - end[reached]);
                assertThat(minimal.cut(minimal.run(text))).isEqualTo(cut[reached]);
            }
        }
    }

    @Test
    void anOutcomeIsMappedOnce() {
        int[][] next = {{1, 2, 3}, {1, 1, 2}, {3, 1, 2}, {3, 3, 3}};
        int[] end = {0, 1, 1, 4};
        List<Integer> seen = new ArrayList<>();

        Automaton one = automaton(next, end, end).map(outcome -> {
            seen.add(outcome);
            return 5;
        });

        assertThat(seen).containsExactly(0, 1, 4);
        assertThat(one.states()).isEqualTo(1);
        assertThat(one.decided(0)).isTrue();
    }
}
