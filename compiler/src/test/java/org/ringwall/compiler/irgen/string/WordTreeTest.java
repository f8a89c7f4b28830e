// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen.string;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.compiler.strings.Automaton;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.strings.StringKind;
import org.ringwall.compiler.strings.TooManyStatesException;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.StringPattern;

/**
 * The word tree follows a string to the same state as its automaton, and knows the state where it
 * hands over to a table.
 */
class WordTreeTest {
    private static final List<String> PIECES = List.of("a", "b", "/", ".sock", "net/", "?", "*", "**");

    private static Automaton automaton(StringKind kind, List<StringPattern> patterns) {
        try {
            return Classifier.of(kind, new TreeSet<>(patterns)).automaton();
        } catch (TooManyStatesException e) {
            throw new AssertionError(e);
        }
    }

    private static WordTree withoutTails(Automaton automaton, StringKind kind) {
        return new WordTree(automaton, kind, Tails.none(automaton));
    }

    private static String text(Random random, int most, int pieces) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            text.append(PIECES.get(random.nextInt(pieces)));
        }
        return text.toString();
    }

    private static List<StringPattern> patterns(Random random) {
        return IntStream.range(0, 1 + random.nextInt(3))
                .mapToObj(n -> switch (random.nextInt(4)) {
                    case 0 -> new StringPattern(StringPattern.Kind.PREFIX, text(random, 4, 5));
                    case 1 -> new StringPattern(StringPattern.Kind.GLOB, text(random, 4, 8));
                    default -> new StringPattern(StringPattern.Kind.EXACT, text(random, 4, 5));
                })
                .toList();
    }

    /**
     * Adds each place that a string reaches to `places`, in order, and returns the successor of its
     * last word.
     */
    private static Successor follow(WordTree tree, String text, List<Position> places) {
        Successor way = new Successor.On(Position.FIRST);
        while (way instanceof Successor.On on) {
            places.add(on.place());
            Word word = Objects.requireNonNull(tree.words().get(on.place()));
            long number = 0;
            for (int i = on.place().index(); i < on.place().index() + word.bytes(); i++) {
                number = number << 8 | (i < text.length() ? text.charAt(i) : 0);
            }
            long read = number;
            way = word.ranges().stream()
                    .filter(range -> Long.compareUnsigned(read, range.high()) <= 0)
                    .findFirst()
                    .orElseThrow()
                    .way();
        }
        return way;
    }

    private static void compare(Automaton automaton, WordTree tree, String text) {
        List<Position> places = new ArrayList<>();
        Successor way = follow(tree, text, places);
        List<Position> order = List.copyOf(tree.words().keySet());
        assertThat(places.stream().map(order::indexOf).toList()).as(text).isSorted();
        if (way instanceof Successor.Out out) {
            assertThat(out.outcome()).as(text).isEqualTo(automaton.end(automaton.run(ByteString.of(text))));
        } else {
            places.add(((Successor.Table) way).place());
        }
        for (Position place : places) {
            assertThat(automaton.run(ByteString.of(text.substring(0, place.index()))))
                    .as(text)
                    .isEqualTo(place.state());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomStringsReachTheSameState(int seed) {
        Random random = new Random(seed);
        int left = 0;
        for (int i = 0; i < 60; i++) {
            StringKind kind = random.nextBoolean() ? StringKind.SYSCTL_NAME : StringKind.UNIX_PATH;
            Automaton automaton = automaton(kind, patterns(random));
            WordTree tree = withoutTails(automaton, kind);
            assertThat(WordTree.leavesSome(automaton, kind))
                    .isEqualTo(!tree.walks().isEmpty());
            left += tree.walks().isEmpty() ? 0 : 1;
            for (int n = 0; n < 50; n++) {
                compare(automaton, tree, text(random, 6, 5));
            }
        }
        assertThat(left).as("automata of which words leave something").isBetween(5, 55);
    }

    @Test
    void followsACycleOfFewBytesWithoutATable() {
        Automaton slashes =
                automaton(StringKind.UNIX_PATH, List.of(new StringPattern(StringPattern.Kind.GLOB, "**?**")));
        assertThat(slashes.cyclic().isEmpty()).isFalse();
        assertThat(WordTree.leavesSome(slashes, StringKind.UNIX_PATH)).isFalse();
        assertThat(withoutTails(slashes, StringKind.UNIX_PATH).walks()).isEmpty();
    }

    @Test
    void leavesNamesOfTheMaximumLengthToATable() {
        StringKind kind = StringKind.SYSCTL_NAME;
        String whole = "a".repeat(kind.limit());
        assertThat(WordTree.leavesSome(
                        automaton(kind, List.of(new StringPattern(StringPattern.Kind.EXACT, whole))), kind))
                .isTrue();
        assertThat(WordTree.leavesSome(
                        automaton(kind, List.of(new StringPattern(StringPattern.Kind.EXACT, "net/a"))), kind))
                .isFalse();
    }
}
