// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen.string;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.strings.Automaton;
import org.ringwall.compiler.strings.ReversedAutomaton;

/**
 * The parts of an automaton that the end of a string decides: sets of states closed under
 * transitions, and for each the automaton of the reversed strings. States before all wildcards are
 * followed by words from the start; in states that belong to a cycle, the end is examined. If the
 * end alone decides everything, the start is not read.
 */
final class Tails {
    /** Larger automata use 8-byte words only, and a table decides the rest. */
    private static final int MOST_STATES = 300;

    private static final int MOST_GROUPS = 4;

    private final Automaton automaton;
    private final BitSet cyclic;
    private final BitSet plain = new BitSet();
    private final List<Group> groups = new ArrayList<>();
    private final Map<Integer, Optional<Group>> coming = new HashMap<>();
    private final Map<Integer, Optional<Group>> ending = new HashMap<>();

    /** States that the end distinguishes. Strings reach them through states of plain text. */
    record Group(BitSet states, ReversedAutomaton backwards) {}

    private Tails(Automaton automaton) {
        this.automaton = automaton;
        this.cyclic = automaton.cyclic();
    }

    /** Returns an empty set of groups. */
    static Tails none(Automaton automaton) {
        return new Tails(automaton);
    }

    /** Returns the largest groups that the end distinguishes. */
    static Tails of(Automaton automaton) {
        Tails tails = new Tails(automaton);
        if (automaton.states() <= MOST_STATES) {
            tails.choose();
        }
        return tails;
    }

    private void choose() {
        BitSet entries = new BitSet();
        enter(0, entries);
        entries.or(plain);
        List<BitSet> reached = entries.stream()
                .mapToObj(automaton::reach)
                .filter(cyclic::intersects)
                .sorted(Comparator.comparing(BitSet::cardinality).reversed())
                .toList();
        for (BitSet states : reached) {
            boolean within = groups.stream().anyMatch(group -> contains(group.states(), states));
            if (!within && groups.size() < MOST_GROUPS) {
                group(states);
            }
        }
    }

    private static boolean contains(BitSet all, BitSet some) {
        BitSet rest = (BitSet) some.clone();
        rest.andNot(all);
        return rest.isEmpty();
    }

    /** Collects the states that plain text leads to: `plain`, and the first states after it. */
    private void enter(int start, BitSet entries) {
        List<Integer> open = new ArrayList<>(List.of(start));
        for (int i = 0; i < open.size(); i++) {
            int state = open.get(i);
            if (cyclic.get(state)) {
                entries.set(state);
            } else if (!plain.get(state) && !automaton.decided(state)) {
                plain.set(state);
                automaton.successors(state).forEach(open::add);
            }
        }
    }

    private void group(BitSet states) {
        BitSet domain = before(states);
        ReversedAutomaton.of(automaton, domain, state -> states.get(state) || endsLike(state, states))
                .ifPresent(backwards -> groups.add(new Group(states, backwards)));
    }

    /** Returns these states and the plain states from which they are reachable. */
    private BitSet before(BitSet states) {
        BitSet all = (BitSet) states.clone();
        boolean grown = true;
        while (grown) {
            grown = false;
            for (int state = plain.nextSetBit(0); state >= 0; state = plain.nextSetBit(state + 1)) {
                if (!all.get(state) && automaton.successors(state).anyMatch(all::get)) {
                    all.set(state);
                    grown = true;
                }
            }
        }
        return all;
    }

    /**
     * Whether a string that ends in this plain state has the outcome of the state that most bytes
     * lead to, in the group.
     */
    private boolean endsLike(int state, BitSet states) {
        int common = automaton.common(state);
        return plain.get(state) && states.get(common) && automaton.end(common) == automaton.end(state);
    }

    /** Returns the group of a string that has reached this state, whatever follows. */
    Optional<Group> at(int state) {
        return groups.isEmpty() ? Optional.empty() : coming.computeIfAbsent(state, this::found);
    }

    private Optional<Group> found(int state) {
        return groups.stream().filter(group -> group.states().get(state)).findFirst();
    }

    /**
     * Returns the group of a string that ends in this state; empty if the state alone decides the
     * outcome.
     */
    Optional<Group> ending(int state) {
        return groups.isEmpty() ? Optional.empty() : ending.computeIfAbsent(state, this::like);
    }

    private Optional<Group> like(int state) {
        return at(automaton.common(state)).filter(group -> endsLike(state, group.states()));
    }

    /**
     * Whether words stop at this state, because the strings of a group arrive through plain text
     * only.
     */
    boolean leavesText(int state) {
        return !groups.isEmpty() && cyclic.get(state);
    }
}
