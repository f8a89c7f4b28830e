// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.strings;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * The texts from which the kernel reads a number of a range: `proc_get_long` of kernel/sysctl.c,
 * which skips white space (`isspace` of include/linux/ctype.h), reads a number as C writes it
 * (decimal, `0x` and hexadecimal, 0 and octal), and wants white space or the end after it. A text
 * with a sign, with more than one number, or with a number above 2^32−1 is left open.
 */
final class NumberAutomaton implements PatternAutomaton {
    /** The greatest number that is read. */
    static final long MAX = 0xffff_ffffL;

    private static final int DECIMAL = 10;
    private static final int OCTAL = 8;
    private static final int HEXADECIMAL = 16;

    /** Bytes that may follow a number directly: `proc_wspace_sep`. */
    private static final String SEPARATORS = " \t\n";

    private final long low;
    private final long high;
    private final List<State> states = new ArrayList<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private final List<int[]> edges = new ArrayList<>();

    private enum Phase {
        BEFORE,
        ZERO,
        PREFIX,
        DIGITS,
        AFTER,
        OTHER
    }

    /** A phase, and what is known of the number; `value` is that of the digits so far. */
    private record State(Phase phase, int base, long value) {
        State(Phase phase) {
            this(phase, 0, 0);
        }
    }

    NumberAutomaton(long low, long high) {
        this.low = low;
        this.high = high;
        number(new State(Phase.BEFORE));
        for (int i = 0; i < states.size(); i++) {
            int[] row = new int[256];
            for (int value = 1; value < row.length; value++) {
                row[value] = number(after(states.get(i), value));
            }
            edges.add(row);
        }
    }

    private int number(State state) {
        Integer known = numbers.putIfAbsent(key(state), states.size());
        if (known == null) {
            states.add(state);
            return states.size() - 1;
        }
        return known;
    }

    /**
     * Returns the same key for states that no further bytes distinguish. Of digits that is so if,
     * for each number of digits that can follow, all results are in the range or none is.
     */
    private String key(State state) {
        if (state.phase() == Phase.AFTER) {
            return state.phase() + " " + contains(state.value());
        }
        if (state.phase() != Phase.DIGITS) {
            return state.phase().toString();
        }
        StringBuilder key = new StringBuilder(state.phase() + " " + state.base());
        long first = state.value();
        long last = state.value();
        while (first <= MAX) {
            boolean none = last < low || first > high;
            boolean every = first >= low && last <= high;
            if (first == 0 || last > MAX || !none && !every) {
                return state.phase() + " " + state.base() + " = " + state.value();
            }
            key.append(every ? '+' : '-');
            first *= state.base();
            last = last * state.base() + state.base() - 1;
        }
        return key.toString();
    }

    private boolean contains(long value) {
        return low <= value && value <= high;
    }

    private static boolean isSpace(int value) {
        return value >= '\t' && value <= '\r' || value == ' ' || value == 0xa0;
    }

    private static State after(State state, int value) {
        return switch (state.phase()) {
            case BEFORE ->
                isSpace(value)
                        ? state
                        : value == '0' ? new State(Phase.ZERO) : digit(new State(Phase.DIGITS, DECIMAL, 0), value);
            case ZERO ->
                value == 'x' || value == 'X'
                        ? new State(Phase.PREFIX)
                        : end(digit(new State(Phase.DIGITS, OCTAL, 0), value), 0, value);
            case PREFIX -> digit(new State(Phase.DIGITS, HEXADECIMAL, 0), value);
            case DIGITS -> end(digit(state, value), state.value(), value);
            case AFTER -> isSpace(value) ? state : new State(Phase.OTHER);
            case OTHER -> state;
        };
    }

    private static State digit(State state, int value) {
        int digit = value < 128 ? Character.digit(value, state.base()) : -1;
        long number = state.value() * state.base() + digit;
        return digit < 0 || number > MAX ? new State(Phase.OTHER) : new State(Phase.DIGITS, state.base(), number);
    }

    private static State end(State digits, long number, int value) {
        return SEPARATORS.indexOf(value) >= 0 ? new State(Phase.AFTER, 0, number) : digits;
    }

    @Override
    public int places() {
        return states.size();
    }

    @Override
    public void enter(int place, IntConsumer places) {
        places.accept(place);
    }

    @Override
    public int next(int place, int value) {
        return edges.get(place)[value];
    }

    @Override
    public boolean matches(int place) {
        return !leavesOpen(place) && contains(states.get(place).value());
    }

    @Override
    public boolean leavesOpen(int place) {
        return switch (states.get(place).phase()) {
            case ZERO, DIGITS, AFTER -> false;
            case BEFORE, PREFIX, OTHER -> true;
        };
    }

    @Override
    public IntStream bytes() {
        return IntStream.range(1, 256)
                .filter(value -> isSpace(value)
                        || value < 128 && (Character.digit(value, HEXADECIMAL) >= 0 || value == 'x' || value == 'X'));
    }
}
