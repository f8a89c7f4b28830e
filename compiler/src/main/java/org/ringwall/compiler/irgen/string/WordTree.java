// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen.string;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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

    private final Map<Place, Word> words = new LinkedHashMap<>();
    private final Map<Place, Choice> chosen = new HashMap<>();
    private final Set<Place> walks = new LinkedHashSet<>();
    private final Map<Tails.Group, Set<Place>> ends = new LinkedHashMap<>();
    private int lastByte = -1;

    /**
     * A word, and its consequences.
     *
     * @param lastByte the index of the last byte that distinguishes its ranges; -1 for none
     * @param slots the estimated number of slots from here on
     * @param ends the places from which each group is reached
     */
    private record Choice(Word word, int lastByte, long slots, Map<Tails.Group, Set<Place>> ends) {}

    WordTree(Automaton automaton, StringKind kind, Tails tails) {
        this.automaton = automaton;
        this.kind = kind;
        this.tails = tails;
        this.wild = wild(automaton, tails);
        List<Place> open = new ArrayList<>(List.of(Place.FIRST));
        Set<Place> seen = new LinkedHashSet<>(open);
        Map<Place, Word> found = new LinkedHashMap<>();
        while (!open.isEmpty()) {
            Place place = open.remove(open.size() - 1);
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
        List<Place> open = new ArrayList<>(List.of(Place.FIRST));
        BitSet seen = new BitSet();
        for (int i = 0; i < open.size() && open.get(i).index() < kind.limit(); i++) {
            Place place = open.get(i);
            if (wild.get(place.state())) {
                return true;
            }
            automaton
                    .successors(place.state())
                    .filter(to -> !automaton.decided(to) && !seen.get(to))
                    .forEach(to -> {
                        seen.set(to);
                        open.add(new Place(to, place.index() + 1));
                    });
        }
        return false;
    }

    /** Returns the words by place, in topological order. */
    Map<Place, Word> words() {
        return words;
    }

    /** Returns the places from which the table is needed. */
    Set<Place> walks() {
        return walks;
    }

    /**
     * Returns the groups that the end of the string decides, with the places from which they are
     * reached.
     */
    Map<Tails.Group, Set<Place>> ends() {
        return ends;
    }

    /** Returns the index of the last byte that a word reads; -1 for none. */
    int lastByte() {
        return lastByte;
    }

    /** Returns the word at a place with the shortest code from there on; the widest of several. */
    private Choice choice(Place place) {
        Choice known = chosen.get(place);
        if (known != null) {
            return known;
        }
        Choice best = widths(place)
                .map(width -> choice(place, width))
                .min(Comparator.comparingLong(Choice::slots))
                .orElseThrow();
        chosen.put(place, best);
        return best;
    }

    /** Returns the word widths that are aligned at a place. */
    private Stream<Width> widths(Place place) {
        return automaton.states() > MOST_STATES
                ? Stream.of(Width.DW)
                : WIDTHS.stream().filter(width -> place.index() % width.bytes() == 0);
    }

    private Choice choice(Place place, Width width) {
        Division division = new Division(width, place.index());
        Optional<List<Word.Range>> divided = division.of(place.state(), 0);
        List<Word.Range> ranges =
                divided.orElseGet(() -> List.of(new Word.Range(division.most(0), new Successor.Table(place))));
        Map<Tails.Group, Set<Place>> ends = divided.isPresent() ? division.ends : Map.of();
        long slots = slots(ranges, width);
        if (automaton.states() <= MOST_STATES) {
            for (Place next : next(ranges)) {
                slots += choice(next).slots();
            }
        }
        return new Choice(new Word(width.bytes(), ranges), ranges.size() > 1 ? division.lastByte : -1, slots, ends);
    }

    private static Set<Place> next(List<Word.Range> ranges) {
        Set<Place> next = new LinkedHashSet<>();
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
        Map<Successor, Integer> counts = new HashMap<>();
        ranges.forEach(range -> counts.merge(range.way(), 1, Integer::sum));
        Successor rest = ranges.get(0).way();
        for (Word.Range range : ranges) {
            rest = counts.getOrDefault(range.way(), 0) > counts.getOrDefault(rest, 0) ? range.way() : rest;
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
        int branches = 0;
        for (int value = 1; value < 256; value++) {
            int to = automaton.next(state, value);
            branches += automaton.decided(to) || tails.at(to).isPresent() ? 0 : 1;
        }
        return branches;
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

    /** The words at one place, divided into ranges. */
    private final class Division {
        private final Width width;
        private final int first;
        private final Map<Tails.Group, Set<Place>> ends = new LinkedHashMap<>();

        /**
         * The ranges from a state and a depth on, whose numbers are those of the remaining bytes.
         * Many words lead to the same state, so each state is divided once.
         */
        private final Map<Place, Optional<List<Word.Range>>> known = new HashMap<>();

        private int lastByte = -1;

        Division(Width width, int first) {
            this.width = width;
            this.first = first;
        }

        /** Returns the greatest number of the bytes from a depth on. */
        private long most(int depth) {
            return depth == width.bytes() ? 0 : -1L >>> Long.SIZE - width.bits() + depth * 8;
        }

        /**
         * Returns the ranges of the bytes that remain at a depth, before which the automaton is in
         * this state; empty if there are too many.
         */
        Optional<List<Word.Range>> of(int state, int depth) {
            Place place = new Place(state, first + depth);
            Optional<List<Word.Range>> before = known.get(place);
            if (before != null) {
                return before;
            }
            Optional<List<Word.Range>> ranges = leaf(place, depth)
                    .map(way -> List.of(new Word.Range(most(depth), way)))
                    .or(() -> divided(place, depth));
            known.put(place, ranges);
            return ranges;
        }

        /** Returns the only successor, which no further byte of the word changes. */
        private Optional<Successor> leaf(Place place, int depth) {
            int state = place.state();
            if (automaton.decided(state)) {
                return Optional.of(new Successor.Out(automaton.end(state)));
            } else if (place.index() == kind.limit()) {
                return Optional.of(kind.cut() ? new Successor.Table(place) : new Successor.Out(automaton.end(state)));
            }
            Optional<Tails.Group> group = tails.at(state);
            if (group.isPresent()) {
                return Optional.of(end(group.get(), place));
            } else if (tails.leavesText(state)) {
                return Optional.of(new Successor.Table(place));
            } else if (depth == width.bytes()) {
                return Optional.of(new Successor.On(place));
            }
            return wild.get(state) ? Optional.of(new Successor.Table(place)) : Optional.empty();
        }

        private Optional<List<Word.Range>> divided(Place place, int depth) {
            int state = place.state();
            lastByte = Math.max(lastByte, place.index());
            int shift = (width.bytes() - 1 - depth) * 8;
            Word.Ranges ranges = new Word.Ranges();
            ranges.add(
                    (1L << shift) - 1,
                    tails.ending(state).map(ends -> end(ends, place)).orElse(new Successor.Out(automaton.end(state))));
            int value = 1;
            while (value < 256) {
                Optional<List<Word.Range>> rest = of(automaton.next(state, value), depth + 1);
                int last = rest.isPresent() && rest.get().size() == 1 ? lastAlike(state, value) : value;
                if (rest.isEmpty() || !ranges.addAll((long) last << shift, rest.get())) {
                    return Optional.empty();
                }
                value = last + 1;
            }
            return Optional.of(ranges.list());
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

        private Successor end(Tails.Group group, Place place) {
            ends.computeIfAbsent(group, each -> new LinkedHashSet<>()).add(place);
            return new Successor.End(group);
        }
    }
}
