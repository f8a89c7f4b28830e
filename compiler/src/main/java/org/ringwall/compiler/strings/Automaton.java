// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.strings;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.ringwall.compiler.value.ByteString;

/**
 * A complete deterministic automaton over the bytes 1..255, minimal and with its states in
 * breadth-first order. Each state has two outcomes: for a string that ends there, and for one that
 * is truncated there.
 */
public final class Automaton {
    /** The limit of states; more would make an object of many megabytes. */
    public static final int MAX_STATES = 20_000;

    /**
     * The limit of transitions if a pattern is a suffix or a glob, because such an automaton
     * becomes a table in the object, with 4 bytes for each.
     */
    static final int MAX_WILD_TRANSITIONS = 1 << 19;

    private final int[] symbols;

    /** The number of bytes of each symbol. */
    private final int[] sizes;

    private final int[][] next;
    private final int[] end;
    private final int[] cut;
    private final BitSet decided = new BitSet();

    /** Of {@link #next}; made when first needed. */
    private Minimisation.@Nullable Predecessors predecessors;

    private Automaton(int[] symbols, int[][] next, int[] end, int[] cut) {
        this.symbols = symbols;
        this.next = next;
        this.end = end;
        this.cut = cut;
        this.sizes = new int[next[0].length];
        for (int value = 1; value < 256; value++) {
            sizes[symbols[value]]++;
        }
        for (int state = 0; state < next.length; state++) {
            decided.set(state, end[state] == cut[state] && stays(next[state], state));
        }
    }

    private static boolean stays(int[] next, int state) {
        for (int to : next) {
            if (to != state) {
                return false;
            }
        }
        return true;
    }

    /**
     * Returns the minimal automaton equivalent to this one, whose start state is 0; `symbols` has
     * the symbol of each byte.
     */
    static Automaton minimal(int[] symbols, int[][] next, int[] end, int[] cut) {
        return new Automaton(symbols, next, end, cut).outcomes(end, cut);
    }

    /** Returns the minimal automaton after mapping the outcomes, each once. */
    public Automaton map(IntUnaryOperator outcomes) {
        BitSet seen = new BitSet();
        int[] known = new int[1 + Math.max(most(end), most(cut))];
        int[] ends = mapped(end, outcomes, seen, known);
        int[] cuts = mapped(cut, outcomes, seen, known);
        return outcomes(ends, cuts);
    }

    private static int most(int[] outcomes) {
        return Arrays.stream(outcomes).max().orElse(0);
    }

    private static int[] mapped(int[] before, IntUnaryOperator outcomes, BitSet seen, int[] known) {
        int[] after = new int[before.length];
        for (int state = 0; state < after.length; state++) {
            int outcome = before[state];
            if (!seen.get(outcome)) {
                seen.set(outcome);
                known[outcome] = outcomes.applyAsInt(outcome);
            }
            after[state] = known[outcome];
        }
        return after;
    }

    /** Returns the number of states; state 0 is the start state. */
    public int states() {
        return next.length;
    }

    /** Returns the number of symbols, which are classes of bytes. */
    public int symbols() {
        return next[0].length;
    }

    /** Returns the symbol of a byte 1..255. */
    public int symbol(int value) {
        return symbols[value];
    }

    /** Returns the transition for a byte 1..255. */
    public int next(int state, int value) {
        return next[state][symbols[value]];
    }

    /** Returns the outcome of a string that ends in this state. */
    public int end(int state) {
        return end[state];
    }

    /** Returns the outcome of a truncated string whose known part leads to this state. */
    public int cut(int state) {
        return cut[state];
    }

    /** Whether no further byte can change the outcome. */
    public boolean decided(int state) {
        return decided.get(state);
    }

    /** Returns the states on cycles, without those whose outcome is decided. */
    public BitSet cyclic() {
        BitSet cyclic = Cycles.of(next);
        cyclic.stream().filter(this::decided).forEach(cyclic::clear);
        return cyclic;
    }

    /** Returns the states reachable from this one, including itself. */
    public BitSet reach(int start) {
        BitSet reached = new BitSet();
        boolean[] seen = from(start);
        for (int state = 0; state < seen.length; state++) {
            reached.set(state, seen[state]);
        }
        return reached;
    }

    /** Returns one byte of each symbol. */
    int[] representatives() {
        int[] bytes = new int[symbols()];
        for (int value = 255; value > 0; value--) {
            bytes[symbols[value]] = value;
        }
        return bytes;
    }

    /** Returns the symbol of the most bytes. */
    int commonSymbol() {
        int most = 0;
        for (int symbol = 1; symbol < sizes.length; symbol++) {
            most = sizes[symbol] > sizes[most] ? symbol : most;
        }
        return most;
    }

    /** Returns the number of bytes that lead from a state to such states. */
    public int count(int state, IntPredicate to) {
        int count = 0;
        for (int symbol = 0; symbol < sizes.length; symbol++) {
            count += to.test(next[state][symbol]) ? sizes[symbol] : 0;
        }
        return count;
    }

    /** Returns the successors of a state, with repetitions. */
    public IntStream successors(int state) {
        return Arrays.stream(next[state]);
    }

    /** Returns the successor for the most bytes. */
    public int common(int state) {
        int[] counts = new int[states()];
        int most = next(state, 1);
        for (int value = 1; value < 256; value++) {
            int to = next(state, value);
            counts[to]++;
            most = counts[to] > counts[most] ? to : most;
        }
        return most;
    }

    /** Returns the state after the bytes before the first NUL. */
    public int run(ByteString bytes) {
        int state = 0;
        for (int i = 0; i < bytes.size() && bytes.at(i) != 0; i++) {
            state = next(state, bytes.at(i));
        }
        return state;
    }

    /** Returns the states reachable by at most this many bytes. */
    boolean[] within(int bytes) {
        int[] distance = new int[states()];
        Arrays.fill(distance, Integer.MAX_VALUE);
        Deque<Integer> open = new ArrayDeque<>(List.of(0));
        distance[0] = 0;
        while (!open.isEmpty()) {
            int state = open.remove();
            for (int to : next[state]) {
                if (distance[to] == Integer.MAX_VALUE) {
                    distance[to] = distance[state] + 1;
                    open.add(to);
                }
            }
        }
        boolean[] within = new boolean[states()];
        for (int state = 0; state < within.length; state++) {
            within[state] = distance[state] <= bytes;
        }
        return within;
    }

    /** Returns the states reachable by exactly this many bytes. */
    public boolean[] after(int bytes) {
        boolean[] here = new boolean[states()];
        here[0] = true;
        for (int i = 0; i < bytes; i++) {
            boolean[] there = new boolean[states()];
            for (int state = 0; state < here.length; state++) {
                if (here[state]) {
                    for (int to : next[state]) {
                        there[to] = true;
                    }
                }
            }
            here = there;
        }
        return here;
    }

    /** Returns the states reachable from this one, including itself. */
    boolean[] from(int start) {
        boolean[] seen = new boolean[states()];
        Deque<Integer> open = new ArrayDeque<>();
        seen[start] = true;
        open.push(start);
        while (!open.isEmpty()) {
            for (int to : next[open.pop()]) {
                if (!seen[to]) {
                    seen[to] = true;
                    open.push(to);
                }
            }
        }
        return seen;
    }

    /** Returns the minimal automaton with these outcomes for each state. */
    public Automaton outcomes(int[] ends, int[] cuts) {
        if (predecessors == null) {
            predecessors = new Minimisation.Predecessors(next);
        }
        return quotient(Minimisation.parts(predecessors, ends, cuts), ends, cuts);
    }

    /** Returns the automaton with one state for each reachable part, in breadth-first order. */
    private Automaton quotient(int[] part, int[] newEnd, int[] newCut) {
        Map<Integer, Integer> numbers = new HashMap<>();
        List<Integer> order = new ArrayList<>();
        numbers.put(part[0], 0);
        order.add(0);
        for (int i = 0; i < order.size(); i++) {
            for (int to : next[order.get(i)]) {
                if (numbers.putIfAbsent(part[to], order.size()) == null) {
                    order.add(to);
                }
            }
        }
        int[][] edges = new int[order.size()][];
        for (int i = 0; i < edges.length; i++) {
            edges[i] = Arrays.stream(next[order.get(i)])
                    .map(to -> numbers.getOrDefault(part[to], 0))
                    .toArray();
        }
        int[] ends = order.stream().mapToInt(state -> newEnd[state]).toArray();
        int[] cuts = order.stream().mapToInt(state -> newCut[state]).toArray();
        return new Automaton(symbols, edges, ends, cuts);
    }
}
