// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.strings;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The subset construction over all patterns at once. A state is the set of positions in patterns
 * that the bytes read so far can have reached. If a final newline is ignored, the state also says
 * whether one is pending.
 */
final class Subsets {
    /** The limit of steps of single patterns; where it is reached, states multiply. */
    private static final long MOST_STEPS = 6_000_000;

    private static final int SLASH = '/';
    private static final int NEWLINE = '\n';

    private final List<PatternAutomaton> patterns;
    private final boolean line;
    private final int[] starts;
    private final int[] symbols = new int[256];
    private final List<Integer> representatives = new ArrayList<>();
    private final Map<State, Integer> numbers = new HashMap<>();
    private final List<State> states = new ArrayList<>();

    private record State(int[] places, boolean pending) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof State state && pending == state.pending && Arrays.equals(places, state.places);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(places) * 2 + (pending ? 1 : 0);
        }
    }

    Subsets(List<PatternAutomaton> patterns, boolean line) {
        this.patterns = patterns;
        this.line = line;
        this.starts = new int[patterns.size() + 1];
        for (int i = 0; i < patterns.size(); i++) {
            starts[i + 1] = starts[i] + patterns.get(i).places();
        }
        alphabet();
    }

    /** Maps all bytes that occur in no pattern to one symbol. */
    private void alphabet() {
        TreeSet<Integer> named = new TreeSet<>(List.of(SLASH));
        if (line) {
            named.add(NEWLINE);
        }
        patterns.forEach(machine -> machine.bytes().forEach(named::add));
        int other = -1;
        for (int value = 1; value < 256; value++) {
            if (named.contains(value)) {
                symbols[value] = representatives.size();
                representatives.add(value);
            } else {
                if (other < 0) {
                    other = representatives.size();
                    representatives.add(value);
                }
                symbols[value] = other;
            }
        }
    }

    /**
     * Returns the automaton whose outcome is the number of the set of patterns that match, or that
     * the string leaves open; the sets are added to `found`.
     */
    Automaton automaton(List<List<Integer>> found) throws TooManyStatesException {
        BitSet first = new BitSet();
        for (int i = 0; i < patterns.size(); i++) {
            enter(first, i, 0);
        }
        number(new State(first.stream().toArray(), false));
        List<int[]> edges = new ArrayList<>();
        long steps = 0;
        for (int i = 0; i < states.size(); i++) {
            State state = states.get(i);
            int[] row = new int[representatives.size()];
            for (int symbol = 0; symbol < row.length; symbol++) {
                row[symbol] = number(step(state, representatives.get(symbol)));
            }
            edges.add(row);
            steps += (long) row.length * state.places().length;
            if (states.size() > Automaton.MAX_STATES || steps > MOST_STEPS) {
                throw new TooManyStatesException();
            }
        }
        Map<List<Integer>, Integer> sets = new HashMap<>();
        int[] ends = new int[states.size()];
        for (int i = 0; i < ends.length; i++) {
            List<Integer> matched = matched(states.get(i));
            Integer known = sets.putIfAbsent(matched, found.size());
            ends[i] = known == null ? found.size() : known;
            if (known == null) {
                found.add(matched);
            }
        }
        return Automaton.minimal(symbols, edges.toArray(int[][]::new), ends, ends);
    }

    private int number(State state) {
        Integer known = numbers.putIfAbsent(state, states.size());
        if (known == null) {
            states.add(state);
            return states.size() - 1;
        }
        return known;
    }

    private State step(State state, int value) {
        if (!line) {
            return new State(read(state.places(), value), false);
        }
        int[] places = state.pending() ? read(state.places(), NEWLINE) : state.places();
        return value == NEWLINE ? new State(places, true) : new State(read(places, value), false);
    }

    private int[] read(int[] places, int value) {
        BitSet after = new BitSet();
        int pattern = 0;
        for (int place : places) {
            while (place >= starts[pattern + 1]) {
                pattern++;
            }
            int next = patterns.get(pattern).next(place - starts[pattern], value);
            if (next >= 0) {
                enter(after, pattern, next);
            }
        }
        return after.stream().toArray();
    }

    private void enter(BitSet places, int pattern, int at) {
        patterns.get(pattern).enter(at, place -> places.set(starts[pattern] + place));
    }

    /**
     * Returns the numbers of the patterns that match, and for each pattern that the string leaves
     * open its number and that of all patterns added.
     */
    private List<Integer> matched(State state) {
        List<Integer> matched = new ArrayList<>();
        List<Integer> open = new ArrayList<>();
        int pattern = 0;
        for (int place : state.places()) {
            while (place >= starts[pattern + 1]) {
                pattern++;
            }
            PatternAutomaton machine = patterns.get(pattern);
            int at = place - starts[pattern];
            if (machine.matches(at)) {
                matched.add(pattern);
            } else if (machine.leavesOpen(at)) {
                open.add(pattern + patterns.size());
            }
        }
        matched.addAll(open);
        return matched;
    }
}
