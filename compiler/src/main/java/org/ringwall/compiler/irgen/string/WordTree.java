// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen.string;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.strings.Automaton;
import org.ringwall.compiler.strings.StringKind;

/**
 * A decision tree over words of 8, 4, 2 or 1 bytes from the start of a string. As big-endian
 * numbers, words with the same first bytes form one interval, so prefixes and whole strings with
 * their NUL are intervals; bytes after a NUL are insignificant. Where most bytes lead on, as after
 * a `*`, the end of the string is examined instead ({@link Tails}), or a table takes over, byte by
 * byte.
 */
final class WordTree {
    /** More branches than this indicate a wildcard. */
    private static final int MOST_BRANCHES = 128;

    /** More branches than this in a state that further bytes return to multiply with its rounds. */
    private static final int MOST_REPEATED = 12;

    /** Larger automata use 8-byte words only, which need the fewest steps. */
    private static final int MOST_STATES = 300;

    /** The widest width first, which wins ties. */
    private static final List<Width> WIDTHS = List.of(Width.DW, Width.W, Width.H, Width.B);

    private final Automaton automaton;
    private final StringKind kind;
    private final Tails tails;

    /** States from which the table takes over, byte by byte. */
    private final BitSet wild;

    private final Map<Position, Word> words = new LinkedHashMap<>();
    private final Map<Position, Choice> chosen = new HashMap<>();
    private final Map<Part, Optional<Division>> divisions = new HashMap<>();
    private final Set<Position> walks = new LinkedHashSet<>();
    private final Map<Tails.Group, Set<Position>> ends = new LinkedHashMap<>();
    private int lastByte = -1;

    /**
     * A word, and its consequences.
     *
     * @param lastByte the index of the last byte that distinguishes its ranges; -1 for none
     * @param slots the estimated number of slots from here on
     * @param ends the places from which each group is reached
     */
    private record Choice(Word word, int lastByte, long slots, Map<Tails.Group, Set<Position>> ends) {}

    WordTree(Automaton automaton, StringKind kind, Tails tails) {
        this.automaton = automaton;
        this.kind = kind;
        this.tails = tails;
        this.wild = wild(automaton, tails);
        List<Position> open = new ArrayList<>(List.of(Position.FIRST));
        Set<Position> seen = new LinkedHashSet<>(open);
        Map<Position, Word> found = new LinkedHashMap<>();
        while (!open.isEmpty()) {
            Position place = open.remove(open.size() - 1);
            Choice choice = choice(place);
            lastByte = Math.max(lastByte, choice.lastByte());
            found.put(place, choice.word());
            for (Word.Range range : choice.word().ranges()) {
                if (range.way() instanceof Successor.On on && seen.add(on.place())) {
                    open.add(on.place());
                } else if (range.way() instanceof Successor.Table table) {
                    walks.add(table.place());
                }
            }
            choice.ends()
                    .forEach((group, places) -> ends.computeIfAbsent(group, each -> new LinkedHashSet<>())
                            .addAll(places));
        }
        found.entrySet().stream()
                .sorted(Comparator.comparingInt(entry -> entry.getKey().index()))
                .forEach(entry -> words.put(entry.getKey(), entry.getValue()));
    }

    /**
     * Whether words alone leave some strings undecided: at a wildcard, or because strings may be
     * longer than the known part. Otherwise the end of the string is not needed.
     */
    static boolean leavesSome(Automaton automaton, StringKind kind) {
        boolean[] far = automaton.after(kind.limit());
        boolean cut = IntStream.range(0, far.length).anyMatch(state -> far[state] && !automaton.decided(state));
        if (kind.cut() && cut) {
            return true;
        }
        BitSet wild = wild(automaton, Tails.none(automaton));
        List<Position> open = new ArrayList<>(List.of(Position.FIRST));
        BitSet seen = new BitSet();
        for (int i = 0; i < open.size() && open.get(i).index() < kind.limit(); i++) {
            Position place = open.get(i);
            if (wild.get(place.state())) {
                return true;
            }
            automaton
                    .successors(place.state())
                    .filter(to -> !automaton.decided(to) && !seen.get(to))
                    .forEach(to -> {
                        seen.set(to);
                        open.add(new Position(to, place.index() + 1));
                    });
        }
        return false;
    }

    /** Returns the words by place, in topological order. */
    Map<Position, Word> words() {
        return words;
    }

    /** Returns the places from which the table is needed. */
    Set<Position> walks() {
        return walks;
    }

    /**
     * Returns the groups that the end of the string decides, with the places from which they are
     * reached.
     */
    Map<Tails.Group, Set<Position>> ends() {
        return ends;
    }

    /** Returns the index of the last byte that a word reads; -1 for none. */
    int lastByte() {
        return lastByte;
    }

    /** Returns the word at a place with the shortest code from there on; the widest of several. */
    private Choice choice(Position place) {
        Choice known = chosen.get(place);
        if (known != null) {
            return known;
        }
        Optional<Choice> best = Optional.empty();
        for (Width width : automaton.states() > MOST_STATES ? WIDTHS.subList(0, 1) : WIDTHS) {
            if (place.index() % width.bytes() == 0) {
                Optional<Choice> shorter =
                        choice(place, width, best.map(Choice::slots).orElse(Long.MAX_VALUE));
                best = shorter.isPresent() ? shorter : best;
            }
        }
        chosen.put(place, best.orElseThrow());
        return best.orElseThrow();
    }

    /**
     * Returns the word of this width at a place; empty if it does not take fewer slots than `most`.
     */
    private Optional<Choice> choice(Position place, Width width, long most) {
        Division division =
                divide(place, width.bytes()).orElseGet(() -> Division.of(width.bytes(), new Successor.Table(place)));
        long slots = slots(division.ranges(), width);
        if (automaton.states() <= MOST_STATES) {
            for (Iterator<Position> next = next(division.ranges()).iterator(); slots < most && next.hasNext(); ) {
                slots += choice(next.next()).slots();
            }
        }
        Word word = new Word(width.bytes(), division.ranges());
        return slots < most
                ? Optional.of(new Choice(word, word.tells() ? division.lastByte() : -1, slots, division.ends()))
                : Optional.empty();
    }

    private static Set<Position> next(List<Word.Range> ranges) {
        Set<Position> next = new LinkedHashSet<>();
        ranges.forEach(range -> {
            if (range.way() instanceof Successor.On on) {
                next.add(on.place());
            }
        });
        return next;
    }

    /**
     * Returns the slots of reading and comparing. An 8-byte constant takes two slots of its own.
     * The most frequent successor costs nothing, a single number one comparison, and a range two
     * comparisons and a byte swap.
     */
    private static long slots(List<Word.Range> ranges, Width width) {
        if (ranges.size() == 1) {
            return 0;
        }
        Map<Successor, Integer> counts = new LinkedHashMap<>();
        ranges.forEach(range -> counts.merge(range.way(), 1, Integer::sum));
        Successor rest = ranges.get(0).way();
        int most = 0;
        for (Map.Entry<Successor, Integer> entry : counts.entrySet()) {
            rest = entry.getValue() > most ? entry.getKey() : rest;
            most = Math.max(most, entry.getValue());
        }
        long comparisons = 0;
        boolean swapped = false;
        long before = -1;
        for (Word.Range range : ranges) {
            if (!range.way().equals(rest)) {
                boolean point = range.high() == before + 1;
                comparisons += point ? 1 : 2;
                swapped |= !point;
            }
            before = range.high();
        }
        return 1 + (swapped && width != Width.B ? 1 : 0) + comparisons * (width == Width.DW ? 3 : 1);
    }

    /**
     * Returns the number of bytes that lead to a state whose outcome is open and whose strings the
     * end does not decide.
     */
    private static int branches(Automaton automaton, Tails tails, int state) {
        return automaton.count(
                state, to -> !automaton.decided(to) && tails.at(to).isEmpty());
    }

    /**
     * Returns the states from which the table takes over. A state that further bytes return to, as
     * that of the white space before a number, may have fewer branches.
     */
    private static BitSet wild(Automaton automaton, Tails tails) {
        BitSet repeats = automaton.cyclic();
        BitSet wild = new BitSet();
        for (int state = 0; state < automaton.states(); state++) {
            wild.set(state, branches(automaton, tails, state) > (repeats.get(state) ? MOST_REPEATED : MOST_BRANCHES));
        }
        return wild;
    }

    /** Bytes that are read from a place on. */
    private record Part(Position place, int bytes) {}

    /**
     * Numbers of several bytes, divided into ranges.
     *
     * @param lastByte the index of the last byte that distinguishes the ranges; -1 for none
     * @param ends the places from which each group is reached
     */
    private record Division(List<Word.Range> ranges, int lastByte, Map<Tails.Group, Set<Position>> ends) {
        /** Returns the division of bytes that do not change the successor. */
        static Division of(int bytes, Successor way) {
            long most = bytes == 0 ? 0 : -1L >>> Long.SIZE - bytes * 8;
            return new Division(List.of(new Word.Range(most, way)), -1, Map.of());
        }

        /** Adds the ends of this one to others. */
        void addEnds(Map<Tails.Group, Set<Position>> others) {
            ends.forEach((group, places) ->
                    others.computeIfAbsent(group, each -> new LinkedHashSet<>()).addAll(places));
        }
    }

    /**
     * Returns the ranges of the bytes from a place on; empty if there are too many. Many words lead
     * to the same place, and narrow words end wider ones, so each part is divided once.
     */
    private Optional<Division> divide(Position place, int bytes) {
        Part part = new Part(place, bytes);
        Optional<Division> before = divisions.get(part);
        if (before != null) {
            return before;
        }
        Optional<Division> division = leaf(place, bytes).or(() -> divided(place, bytes));
        divisions.put(part, division);
        return division;
    }

    /** Returns the division with the only successor, which no further byte of the word changes. */
    private Optional<Division> leaf(Position place, int bytes) {
        int state = place.state();
        boolean ends = place.index() == kind.limit();
        if (automaton.decided(state) || ends && !kind.cut()) {
            return Optional.of(Division.of(bytes, new Successor.Out(automaton.end(state))));
        }
        Optional<Tails.Group> group = ends ? Optional.empty() : tails.at(state);
        if (group.isPresent()) {
            Division open = Division.of(bytes, new Successor.End(group.get()));
            return Optional.of(new Division(open.ranges(), -1, Map.of(group.get(), Set.of(place))));
        } else if (ends || tails.leavesText(state) || bytes > 0 && wild.get(state)) {
            return Optional.of(Division.of(bytes, new Successor.Table(place)));
        }
        return bytes == 0 ? Optional.of(Division.of(0, new Successor.On(place))) : Optional.empty();
    }

    private Optional<Division> divided(Position place, int bytes) {
        int state = place.state();
        int lastByte = place.index();
        int shift = (bytes - 1) * 8;
        Map<Tails.Group, Set<Position>> ends = new LinkedHashMap<>();
        Word.Ranges ranges = new Word.Ranges();
        Optional<Tails.Group> ending = tails.ending(state);
        ending.ifPresent(group -> ends.put(group, new LinkedHashSet<>(Set.of(place))));
        ranges.add(
                (1L << shift) - 1,
                ending.<Successor>map(Successor.End::new).orElse(new Successor.Out(automaton.end(state))));
        int value = 1;
        while (value < 256) {
            Optional<Division> rest = divide(new Position(automaton.next(state, value), place.index() + 1), bytes - 1);
            if (rest.isEmpty()) {
                return Optional.empty();
            }
            int last = rest.get().ranges().size() == 1 ? lastAlike(state, value) : value;
            if (!ranges.addAll((long) last << shift, rest.get().ranges())) {
                return Optional.empty();
            }
            rest.get().addEnds(ends);
            lastByte = Math.max(lastByte, rest.get().lastByte());
            value = last + 1;
        }
        return Optional.of(new Division(ranges.list(), lastByte, ends));
    }

    /** Returns the last of the bytes from this one on that lead where it leads. */
    private int lastAlike(int state, int value) {
        int to = automaton.next(state, value);
        int last = value;
        while (last < 255 && automaton.next(state, last + 1) == to) {
            last++;
        }
        return last;
    }
}
