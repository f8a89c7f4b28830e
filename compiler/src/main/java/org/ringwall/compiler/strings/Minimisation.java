// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.strings;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Hopcroft's algorithm: which states of an automaton no string distinguishes. A part is split by
 * the states that lead into another part; of the two halves of a split only the smaller one is
 * followed further. An automaton of thousands of states of which few have an outcome of their own,
 * as below one value of another field, costs little more than these few.
 */
final class Minimisation {
    /** The states of all parts; those of a part are adjacent. */
    private final int[] order;

    /** The index of each state in {@link #order}. */
    private final int[] at;

    private final int[] part;
    private final int[] first;
    private final int[] size;

    /** The number of states of each part that lead into the current one; they are its first. */
    private final int[] leading;

    private final Deque<Integer> open = new ArrayDeque<>();
    private final BitSet isOpen = new BitSet();
    private int parts;

    private Minimisation(int states) {
        order = new int[states];
        at = new int[states];
        part = new int[states];
        first = new int[states];
        size = new int[states];
        leading = new int[states];
    }

    /** Returns the part of each state; states of one part are those no string distinguishes. */
    static int[] parts(Predecessors predecessors, int[] end, int[] cut) {
        Minimisation minimisation = new Minimisation(end.length);
        minimisation.byOutcome(end, cut);
        while (!minimisation.open.isEmpty()) {
            minimisation.splitBy(minimisation.open.remove(), predecessors);
        }
        return minimisation.part;
    }

    private void byOutcome(int[] end, int[] cut) {
        Map<Long, Integer> numbers = new HashMap<>();
        for (int state = 0; state < part.length; state++) {
            if (state > 0 && end[state] == end[state - 1] && cut[state] == cut[state - 1]) {
                part[state] = part[state - 1];
            } else {
                long outcomes = (long) end[state] << 32 | cut[state] & 0xffff_ffffL;
                Integer known = numbers.putIfAbsent(outcomes, parts);
                part[state] = known == null ? parts++ : known;
            }
            size[part[state]]++;
        }
        int largest = 0;
        for (int number = 1; number < parts; number++) {
            first[number] = first[number - 1] + size[number - 1];
            largest = size[number] > size[largest] ? number : largest;
        }
        int[] free = Arrays.copyOf(first, parts);
        for (int state = 0; state < part.length; state++) {
            at[state] = free[part[state]]++;
            order[at[state]] = state;
        }
        for (int number = 0; number < parts; number++) {
            if (number != largest) {
                open(number);
            }
        }
    }

    private void open(int number) {
        if (!isOpen.get(number)) {
            isOpen.set(number);
            open.add(number);
        }
    }

    /** Splits every part of which only some states lead into this one by a symbol. */
    private void splitBy(int number, Predecessors predecessors) {
        isOpen.clear(number);
        int[] into = Arrays.copyOfRange(order, first[number], first[number] + size[number]);
        for (int symbol = 0; symbol < predecessors.symbols(); symbol++) {
            BitSet touched = new BitSet();
            for (int state : into) {
                for (int i = predecessors.from(state, symbol); i < predecessors.to(state, symbol); i++) {
                    int source = predecessors.source(i);
                    touched.set(part[source]);
                    lead(source);
                }
            }
            touched.stream().forEach(this::split);
        }
    }

    /** Moves a state to the front of its part. A state has one transition by a symbol. */
    private void lead(int state) {
        int number = part[state];
        int to = first[number] + leading[number]++;
        int other = order[to];
        order[at[state]] = other;
        at[other] = at[state];
        order[to] = state;
        at[state] = to;
    }

    private void split(int number) {
        int front = leading[number];
        leading[number] = 0;
        int back = size[number] - front;
        if (back == 0) {
            return;
        }
        boolean newIsFront = front <= back;
        first[parts] = newIsFront ? first[number] : first[number] + front;
        size[parts] = Math.min(front, back);
        first[number] = newIsFront ? first[number] + front : first[number];
        size[number] = Math.max(front, back);
        for (int i = first[parts]; i < first[parts] + size[parts]; i++) {
            part[order[i]] = parts;
        }
        open(parts++);
    }

    /** The transitions of an automaton, by where they lead. */
    static final class Predecessors {
        private final int symbols;

        /** The index of the first source of each state and symbol, and the number of all. */
        private final int[] starts;

        private final int[] sources;

        Predecessors(int[][] next) {
            symbols = next[0].length;
            starts = new int[next.length * symbols + 1];
            sources = new int[next.length * symbols];
            for (int[] row : next) {
                for (int symbol = 0; symbol < symbols; symbol++) {
                    starts[row[symbol] * symbols + symbol + 1]++;
                }
            }
            for (int i = 1; i < starts.length; i++) {
                starts[i] += starts[i - 1];
            }
            int[] free = starts.clone();
            for (int state = 0; state < next.length; state++) {
                for (int symbol = 0; symbol < symbols; symbol++) {
                    sources[free[next[state][symbol] * symbols + symbol]++] = state;
                }
            }
        }

        int symbols() {
            return symbols;
        }

        int from(int state, int symbol) {
            return starts[state * symbols + symbol];
        }

        int to(int state, int symbol) {
            return starts[state * symbols + symbol + 1];
        }

        int source(int index) {
            return sources[index];
        }
    }
}
