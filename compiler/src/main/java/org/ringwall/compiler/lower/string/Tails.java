package org.ringwall.compiler.lower.string;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.strings.Automaton;
import org.ringwall.compiler.strings.Backwards;

/**
 * Where the end of a string tells what its beginning does not: sets of states that nothing leads out of, and of each the automaton read
 * backwards. States before all wildcards are followed by words from the beginning; in one behind which bytes lead round, the end is looked at.
 * Where the end alone tells everything there is no beginning.
 */
final class Tails {
    /** Words of larger automata have 8 bytes, and a table takes what they leave. */
    private static final int MOST_STATES = 300;

    private static final int MOST_GROUPS = 4;

    private final Automaton automaton;
    private final BitSet cyclic;
    private final BitSet plain = new BitSet();
    private final List<Group> groups = new ArrayList<>();
    private final Map<Integer, Optional<Group>> coming = new HashMap<>();
    private final Map<Integer, Optional<Group>> ending = new HashMap<>();

    /** States that the end tells apart; strings that come there do so through states of plain text. */
    record Group(BitSet states, Backwards backwards) {}

    private Tails(Automaton automaton) {
        this.automaton = automaton;
        this.cyclic = automaton.cyclic();
    }

    /** No end is looked at. */
    static Tails none(Automaton automaton) {
        return new Tails(automaton);
    }

    /** The largest sets that the end tells apart. */
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

    /** What plain text leads to: `plain`, and the first states behind it. */
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
        Backwards.of(automaton, domain, state -> states.get(state) || endsLike(state, states))
                .ifPresent(backwards -> groups.add(new Group(states, backwards)));
    }

    /** These states and those of plain text from which it leads to them. */
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

    /** Whether a string that ends before these states fares as if it had come to the one that most bytes lead to. */
    private boolean endsLike(int state, BitSet states) {
        int common = automaton.common(state);
        return plain.get(state) && states.get(common) && automaton.end(common) == automaton.end(state);
    }

    /** The group of a string that has come to this state, wherever it goes on. */
    Optional<Group> at(int state) {
        return groups.isEmpty() ? Optional.empty() : coming.computeIfAbsent(state, this::found);
    }

    private Optional<Group> found(int state) {
        return groups.stream().filter(group -> group.states().get(state)).findFirst();
    }

    /** The group of a string that ends in this state; none where the state alone says what it is. */
    Optional<Group> ending(int state) {
        return groups.isEmpty() ? Optional.empty() : ending.computeIfAbsent(state, this::like);
    }

    private Optional<Group> like(int state) {
        return at(automaton.common(state)).filter(group -> endsLike(state, group.states()));
    }

    /** Whether words do not follow a string that has come to this state: a group's strings come through plain text alone. */
    boolean leavesText(int state) {
        return !groups.isEmpty() && cyclic.get(state);
    }
}
