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
 * An automaton read from the end of the string. What its last bytes tell is a function: for each state in which the other one can be
 * before them, the outcome. Where that is one outcome, nothing before them matters. All is taken from the automaton, so that it holds however
 * the patterns are written; of strings that a program does not ask about so, nothing is said.
 */
public final class Backwards {
    /** Of more functions times states, nothing is made. */
    private static final int MOST_CELLS = 40_000;

    /** No string that is asked about is so. */
    private static final int IMPOSSIBLE = -1;

    /** Bytes that no pattern names tell their outcome within so many, or reading from the end is no use. */
    private static final int USEFUL = 8;

    private final Automaton automaton;
    private final int[] bytes;
    private final int[] places;
    private final int[][] steps;
    private final List<int[]> functions = new ArrayList<>();

    /** {@link #one} of each function. */
    private final List<Integer> ones = new ArrayList<>();

    private final Map<IntBuffer, Integer> numbers = new HashMap<>();
    private final List<int[]> next = new ArrayList<>();
    private BitSet cyclic = new BitSet();

    private Backwards(Automaton automaton, BitSet domain) {
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
     * Of strings that lead through states of `domain` alone and end in one of those that `ends` takes; nothing if reading them from the end is
     * no use or takes too much.
     */
    public static Optional<Backwards> of(Automaton automaton, BitSet domain, IntPredicate ends) {
        if (!mayBeUseful(automaton, domain, ends)) {
            return Optional.empty();
        }
        Backwards backwards = new Backwards(automaton, domain);
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

    /** All functions with one outcome are one. */
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

    /** The only outcome, {@link #IMPOSSIBLE} for none at all, or less for several. */
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

    /** Where bytes that no pattern names lead to several outcomes they do not tell one. */
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

    /** Where a byte 1..255 before what was read leads; nothing was read in state 0. */
    public int next(int state, int value) {
        return next.get(state)[automaton.symbol(value)];
    }

    /** Whether what was read tells the outcome. */
    public boolean isDecided(int state) {
        return ones.get(state) >= IMPOSSIBLE;
    }

    /** Whether no string that is asked about ends so. */
    public boolean isImpossible(int state) {
        return ones.get(state) == IMPOSSIBLE;
    }

    /** The outcome that is told. */
    public int outcome(int state) {
        return ones.get(state);
    }

    /** The outcome of a string that has no more bytes; nothing if none is so. */
    public Optional<Integer> whole(int state) {
        return behind(state, 0);
    }

    /** The outcome where the other automaton is in state `before` before what was read; nothing if no string is so. */
    public Optional<Integer> behind(int state, int before) {
        int outcome = places[before] == IMPOSSIBLE ? IMPOSSIBLE : functions.get(state)[places[before]];
        return outcome == IMPOSSIBLE ? Optional.empty() : Optional.of(outcome);
    }

    /** Whether bytes lead back to the state, so that any number of them may not tell anything. */
    public boolean isCyclic(int state) {
        return cyclic.get(state) && !isDecided(state);
    }

    /**
     * Whether next to nothing is told behind the state: of the bytes before, whichever is the next one, those that no pattern names lead to one
     * outcome or back again.
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
