// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen.string;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.CaseList;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.strings.Automaton;
import org.ringwall.compiler.tables.StringTable;

/** The table of an automaton from one state on. States with the same outcome are adjacent. */
final class StringRows {
    private final Automaton automaton;
    private final List<Integer> states = new ArrayList<>();
    private final Map<Integer, Integer> numbers = new HashMap<>();
    private final byte[] symbols = new byte[StringTable.ROWS];
    private final List<Integer> bytes = new ArrayList<>();
    private final StringTable table;

    StringRows(Automaton automaton, int start) {
        this.automaton = automaton;
        reach(start);
        states.sort(Comparator.comparing(this::isSettled)
                .thenComparing(automaton::end)
                .thenComparing(automaton::cut));
        for (int i = 0; i < states.size(); i++) {
            numbers.put(states.get(i), i);
        }
        columns();
        int needed = Math.multiplyExact(states.size(), bytes.size());
        int[] words = new int[needed == 1 ? 1 : Integer.highestOneBit(needed - 1) * 2];
        for (int state : states) {
            for (int symbol = 0; symbol < bytes.size(); symbol++) {
                words[row(state) / 4 + symbol] = row(automaton.next(state, bytes.get(symbol)));
            }
        }
        int moving = (int) states.stream().filter(state -> !isSettled(state)).count();
        this.table = new StringTable(symbols, words, moving * bytes.size() * 4);
    }

    /** Whether every byte leads back to this state. */
    private boolean isSettled(int state) {
        return IntStream.range(1, StringTable.ROWS).allMatch(value -> automaton.next(state, value) == state);
    }

    private void reach(int start) {
        Set<Integer> seen = new LinkedHashSet<>(List.of(start));
        states.add(start);
        for (int i = 0; i < states.size(); i++) {
            for (int value = 1; value < 256; value++) {
                int to = automaton.next(states.get(i), value);
                if (seen.add(to)) {
                    states.add(to);
                }
            }
        }
    }

    /** Assigns one symbol to all bytes with the same transitions. */
    private void columns() {
        Map<List<Integer>, Integer> known = new LinkedHashMap<>();
        for (int value = 1; value < 256; value++) {
            int each = value;
            List<Integer> column =
                    states.stream().map(state -> automaton.next(state, each)).toList();
            Integer symbol = known.putIfAbsent(column, known.size());
            if (symbol == null) {
                bytes.add(value);
            }
            symbols[value] = (byte) (symbol == null ? known.size() - 1 : symbol);
        }
    }

    StringTable table() {
        return table;
    }

    int row(int state) {
        Integer number = numbers.get(state);
        if (number == null) {
            throw new IllegalStateException("state " + state + " is out of reach");
        }
        return number * bytes.size() * 4;
    }

    /** Returns the terminator that branches on the row in which a walk ended. */
    Terminator on(Value found, boolean cut, IntFunction<BlockId> target) {
        CaseList cases = new CaseList();
        states.forEach(state -> cases.add(row(state) + 3L, target.apply(automaton.end(state))));
        if (cut) {
            cases.widen(table.cutBit() - 1L);
            states.forEach(state -> cases.add(table.cutBit() + row(state) + 3L, target.apply(automaton.cut(state))));
        }
        return cases.widen(0xffff_ffffL).on(found);
    }
}
