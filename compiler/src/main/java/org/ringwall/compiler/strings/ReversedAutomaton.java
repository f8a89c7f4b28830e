// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.strings;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * An automaton over the reversed strings of another one. Each state is a function from the states
 * of the original automaton before the bytes read so far to outcomes. If this function is constant,
 * the bytes before do not matter. Everything is derived from the original automaton and thus
 * independent of the form of patterns. Strings outside the domain have unspecified results.
 */
public final class ReversedAutomaton {
    /** The maximum product of functions and states. */
    private static final int MOST_CELLS = 40_000;

    /** The outcome of strings outside the domain. */
    private static final int IMPOSSIBLE = -1;

    /**
     * The number of bytes in no pattern within which they must determine an outcome for this
     * automaton to be useful.
     */
    private static final int USEFUL = 8;

    private final Automaton automaton;
    private final int[] bytes;
    private final int[] places;
    private final int[][] steps;
    private final List<int[]> functions = new ArrayList<>();

    /** The result of {@link #one} for each function. */
    private final List<Integer> ones = new ArrayList<>();

    private final Map<IntBuffer, Integer> numbers = new HashMap<>();
    private final List<int[]> next = new ArrayList<>();
    private BitSet cyclic = new BitSet();

    private ReversedAutomaton(Automaton automaton, BitSet domain) {
        this.automaton = automaton;
        this.bytes = automaton.representatives();
        this.places = new int[automaton.states()];
        Arrays.fill(places, IMPOSSIBLE);
        int[] states = domain.stream().toArray();
        for (int i = 0; i < states.length; i++) {
            places[states[i]] = i;
        }
        this.steps = new int[states.length][bytes.length];
        for (int i = 0; i < states.length; i++) {
            for (int symbol = 0; symbol < bytes.length; symbol++) {
                steps[i][symbol] = places[automaton.next(states[i], bytes[symbol])];
            }
        }
    }

    /**
     * Returns the automaton for strings that pass only through states of `domain` and end in a
     * state accepted by `ends`; empty if it would be useless or too large.
     */
    public static Optional<ReversedAutomaton> of(Automaton automaton, BitSet domain, IntPredicate ends) {
        if (!mayBeUseful(automaton, domain, ends)) {
            return Optional.empty();
        }
        ReversedAutomaton backwards = new ReversedAutomaton(automaton, domain);
        int[] first = domain.stream()
                .map(state -> ends.test(state) ? automaton.end(state) : IMPOSSIBLE)
                .toArray();
        backwards.number(first);
        for (int i = 0; i < backwards.functions.size(); i++) {
            if ((long) backwards.functions.size() * (first.length + backwards.bytes.length) > MOST_CELLS) {
                return Optional.empty();
            }
            int[] row = new int[backwards.bytes.length];
            for (int symbol = 0; symbol < row.length; symbol++) {
                row[symbol] = backwards.number(backwards.step(backwards.functions.get(i), symbol));
            }
            backwards.next.add(row);
        }
        backwards.cyclic = Cycles.of(backwards.next.toArray(int[][]::new));
        return backwards.isUseful() ? Optional.of(backwards) : Optional.empty();
    }

    private int[] step(int[] function, int symbol) {
        int[] before = new int[function.length];
        for (int i = 0; i < before.length; i++) {
            int to = steps[i][symbol];
            before[i] = to == IMPOSSIBLE ? IMPOSSIBLE : function[to];
        }
        return before;
    }

    /** Returns the number of a function; all functions with one outcome are the same. */
    private int number(int[] function) {
        int one = one(function);
        int[] known = function;
        if (one >= IMPOSSIBLE) {
            known = new int[function.length];
            Arrays.fill(known, one);
        }
        Integer number = numbers.putIfAbsent(IntBuffer.wrap(known), functions.size());
        if (number == null) {
            functions.add(known);
            ones.add(one);
            return functions.size() - 1;
        }
        return number;
    }

    /**
     * Returns the only outcome, {@link #IMPOSSIBLE} if there is none, or less if there are several.
     */
    private static int one(int[] function) {
        int one = IMPOSSIBLE;
        for (int outcome : function) {
            if (outcome != IMPOSSIBLE && outcome != one) {
                if (one != IMPOSSIBLE) {
                    return IMPOSSIBLE - 1;
                }
                one = outcome;
            }
        }
        return one;
    }

    /** Rejects domains in which bytes in no pattern lead to several outcomes. */
    private static boolean mayBeUseful(Automaton automaton, BitSet domain, IntPredicate ends) {
        int value = automaton.representatives()[automaton.commonSymbol()];
        BitSet here = domain;
        for (int i = 0; i < USEFUL; i++) {
            BitSet there = new BitSet();
            here.stream()
                    .map(state -> automaton.next(state, value))
                    .filter(domain::get)
                    .forEach(there::set);
            here = there;
        }
        return here.stream().filter(ends).map(automaton::end).distinct().count() == 1;
    }

    private boolean isUseful() {
        int state = 0;
        int most = automaton.commonSymbol();
        for (int i = 0; i <= USEFUL && !isDecided(state); i++) {
            state = next.get(state)[most];
        }
        return isDecided(state) && !isImpossible(state);
    }

    /**
     * Returns the state after reading a byte 1..255 that precedes the bytes read so far; none have
     * been read in state 0.
     */
    public int next(int state, int value) {
        return next.get(state)[automaton.symbol(value)];
    }

    /** Whether the bytes read so far determine the outcome. */
    public boolean isDecided(int state) {
        return ones.get(state) >= IMPOSSIBLE;
    }

    /** Whether no string of the domain ends with the bytes read so far. */
    public boolean isImpossible(int state) {
        return ones.get(state) == IMPOSSIBLE;
    }

    /** Returns the outcome in a decided state. */
    public int outcome(int state) {
        return ones.get(state);
    }

    /** Returns the outcome of a string without further bytes; empty if there is no such string. */
    public Optional<Integer> whole(int state) {
        return behind(state, 0);
    }

    /**
     * Returns the outcome if the original automaton is in state `before` before the bytes read so
     * far; empty if there is no such string.
     */
    public Optional<Integer> behind(int state, int before) {
        int outcome = places[before] == IMPOSSIBLE ? IMPOSSIBLE : functions.get(state)[places[before]];
        return outcome == IMPOSSIBLE ? Optional.empty() : Optional.of(outcome);
    }

    /**
     * Whether the state is on a cycle, so that an unbounded number of bytes may be insignificant.
     */
    public boolean isCyclic(int state) {
        return cyclic.get(state) && !isDecided(state);
    }

    /**
     * Whether reading on from this state would decide little: whichever byte is next, further bytes
     * in no pattern lead to the same outcome or back.
     */
    public boolean tellsLittle(int state) {
        int most = automaton.commonSymbol();
        boolean leadsBack = false;
        BitSet outcomes = new BitSet();
        for (int to : next.get(state)) {
            int here = to;
            for (int i = 0; i < USEFUL && !isDecided(here) && !isCyclic(here); i++) {
                here = next.get(here)[most];
            }
            if (!isDecided(here)) {
                leadsBack = true;
            } else if (!isImpossible(here)) {
                outcomes.set(outcome(here));
            }
        }
        return leadsBack && outcomes.cardinality() <= 1;
    }
}
