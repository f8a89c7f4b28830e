package org.ringwall.compiler.strings;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.ringwall.compiler.value.ByteString;

/**
 * A complete deterministic automaton over the bytes 1..255, minimal and with its states in the order in which they are
 * first reached. Each state has two outcomes: for the string that ends there, and for the one that is cut off there.
 */
public final class Automaton {
    /** More would make an object of many megabytes. */
    public static final int MAX_STATES = 20_000;

    /** Where a pattern is a suffix or a glob: such an automaton becomes a table in the object. */
    public static final int MAX_WILD_STATES = 4_096;

    private final int[] symbols;
    private final int[][] next;
    private final int[] end;
    private final int[] cut;
    private final BitSet decided = new BitSet();

    private Automaton(int[] symbols, int[][] next, int[] end, int[] cut) {
        this.symbols = symbols;
        this.next = next;
        this.end = end;
        this.cut = cut;
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

    /** The minimal automaton of one whose first state is where it begins; `symbols` has the symbol of each byte. */
    static Automaton minimal(int[] symbols, int[][] next, int[] end, int[] cut) {
        return new Automaton(symbols, next, end, cut).minimised();
    }

    /** The minimal automaton with other outcomes, where it does not matter which of two outcomes with one image it was. */
    public Automaton map(IntUnaryOperator outcomes) {
        int[] ends = Arrays.stream(end).map(outcomes).toArray();
        int[] cuts = Arrays.stream(cut).map(outcomes).toArray();
        return new Automaton(symbols, next, ends, cuts).minimised();
    }

    /** How many states there are; it begins in state 0. */
    public int states() {
        return next.length;
    }

    /** How many symbols the bytes fall into. */
    public int symbols() {
        return next[0].length;
    }

    /** The symbol of a byte 1..255. */
    public int symbol(int value) {
        return symbols[value];
    }

    /** Where a byte 1..255 leads. */
    public int next(int state, int value) {
        return next[state][symbols[value]];
    }

    /** What a string is that ends here. */
    public int end(int state) {
        return end[state];
    }

    /** What a string is of which no more than what led here is known. */
    public int cut(int state) {
        return cut[state];
    }

    /** Whether nothing that follows changes anything. */
    public boolean decided(int state) {
        return decided.get(state);
    }

    /** The states that some bytes lead back to, but not those in which nothing matters any more. */
    public BitSet cyclic() {
        BitSet cyclic = Cycles.of(next);
        cyclic.stream().filter(this::decided).forEach(cyclic::clear);
        return cyclic;
    }

    /** Every state that can be reached from this one, itself included. */
    public BitSet reach(int start) {
        BitSet reached = new BitSet();
        boolean[] seen = from(start);
        for (int state = 0; state < seen.length; state++) {
            reached.set(state, seen[state]);
        }
        return reached;
    }

    /** A byte of each symbol. */
    int[] representatives() {
        int[] bytes = new int[symbols()];
        for (int value = 255; value > 0; value--) {
            bytes[symbols[value]] = value;
        }
        return bytes;
    }

    /** The symbol of the most bytes. */
    int commonSymbol() {
        int[] counts = new int[symbols()];
        for (int value = 1; value < 256; value++) {
            counts[symbols[value]]++;
        }
        int most = 0;
        for (int symbol = 1; symbol < counts.length; symbol++) {
            most = counts[symbol] > counts[most] ? symbol : most;
        }
        return most;
    }

    /** Where bytes lead, some of them more than once. */
    public IntStream successors(int state) {
        return Arrays.stream(next[state]);
    }

    /** Where the most bytes lead. */
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

    /** Where the bytes before the first NUL lead. */
    public int run(ByteString bytes) {
        int state = 0;
        for (int i = 0; i < bytes.size() && bytes.at(i) != 0; i++) {
            state = next(state, bytes.at(i));
        }
        return state;
    }

    /** The states that this many bytes or fewer can lead to. */
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

    /** The states that this many bytes can lead to. */
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

    /** Every state that can be reached from this one, itself included. */
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

    /** The minimal automaton with these outcomes of each state. */
    public Automaton outcomes(int[] ends, int[] cuts) {
        return new Automaton(symbols, next, ends, cuts).minimised();
    }

    /** Moore's algorithm: states are split until all of a part lead to the same parts. */
    private Automaton minimised() {
        int[] part = numbered(state -> List.of(end[state], cut[state]));
        int parts = count(part);
        while (true) {
            int[] before = part;
            int[] finer = numbered(state -> signature(before, state));
            int found = count(finer);
            part = finer;
            if (found == parts) {
                return quotient(part);
            }
            parts = found;
        }
    }

    private interface Signature {
        Object of(int state);
    }

    private int[] numbered(Signature signature) {
        Map<Object, Integer> numbers = new HashMap<>();
        int[] part = new int[states()];
        for (int state = 0; state < part.length; state++) {
            int fresh = numbers.size();
            Integer known = numbers.putIfAbsent(signature.of(state), fresh);
            part[state] = known == null ? fresh : known;
        }
        return part;
    }

    private List<Integer> signature(int[] part, int state) {
        Integer[] signature = new Integer[symbols() + 1];
        signature[0] = part[state];
        for (int symbol = 0; symbol < symbols(); symbol++) {
            signature[symbol + 1] = part[next[state][symbol]];
        }
        return List.of(signature);
    }

    private static int count(int[] part) {
        return Arrays.stream(part).max().orElse(-1) + 1;
    }

    /** One state for each part that is reached, in the order in which they are. */
    private Automaton quotient(int[] part) {
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
        int[] ends = order.stream().mapToInt(state -> end[state]).toArray();
        int[] cuts = order.stream().mapToInt(state -> cut[state]).toArray();
        return new Automaton(symbols, edges, ends, cuts);
    }
}
