package org.ringwall.compiler.lower.string;

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
 * How an automaton is followed by words of 8, 4, 2 or 1 bytes. Read as a big-endian number, a word that begins with some bytes lies
 * in one interval, so that prefixes, whole strings with their NUL, and prefixes of prefixes are all intervals of one
 * number; what lies behind a NUL does not matter. Where most bytes lead on, as behind a `*`, words do not help: there the
 * end of the string is looked at ({@link Tails}), or a table takes over, byte by byte.
 */
final class WordTree {
    /** More bytes that lead on than text has are a wildcard's. */
    private static final int MOST_BRANCHES = 128;

    /** Of larger automata all words have 8 bytes: there steps are what counts. */
    private static final int MOST_STATES = 300;

    /** The widest first: of those that are as good it is taken. */
    private static final List<Width> WIDTHS = List.of(Width.DW, Width.W, Width.H, Width.B);

    private final Automaton automaton;
    private final StringKind kind;
    private final Tails tails;
    private final Map<Place, Word> words = new LinkedHashMap<>();
    private final Map<Place, Choice> chosen = new HashMap<>();
    private final Set<Place> walks = new LinkedHashSet<>();
    private final Map<Tails.Group, Set<Place>> ends = new LinkedHashMap<>();
    private int lastByte = -1;

    /**
     * A word, and what comes of it.
     *
     * @param lastByte the index of the last byte that decides between its ranges; -1 for none
     * @param slots about as many as it takes from here on
     * @param ends from where it leads to the end of the string
     */
    private record Choice(Word word, int lastByte, long slots, Map<Tails.Group, Set<Place>> ends) {}

    WordTree(Automaton automaton, StringKind kind, Tails tails) {
        this.automaton = automaton;
        this.kind = kind;
        this.tails = tails;
        List<Place> open = new ArrayList<>(List.of(Place.FIRST));
        Set<Place> seen = new LinkedHashSet<>(open);
        Map<Place, Word> found = new LinkedHashMap<>();
        while (!open.isEmpty()) {
            Place place = open.remove(open.size() - 1);
            Choice choice = choice(place);
            lastByte = Math.max(lastByte, choice.lastByte());
            found.put(place, choice.word());
            for (Word.Range range : choice.word().ranges()) {
                if (range.way() instanceof Way.On on && seen.add(on.place())) {
                    open.add(on.place());
                } else if (range.way() instanceof Way.Table table) {
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
     * Whether words that nothing helps leave some strings: at a wildcard, or because those are longer than what is known of them. Else nothing
     * behind them is asked for.
     */
    static boolean leavesSome(Automaton automaton, StringKind kind) {
        boolean[] far = automaton.after(kind.limit());
        boolean cut = IntStream.range(0, far.length).anyMatch(state -> far[state] && !automaton.decided(state));
        if (kind.cut() && cut) {
            return true;
        }
        Tails none = Tails.none(automaton);
        List<Place> open = new ArrayList<>(List.of(Place.FIRST));
        BitSet seen = new BitSet();
        for (int i = 0; i < open.size() && open.get(i).index() < kind.limit(); i++) {
            Place place = open.get(i);
            if (branches(automaton, none, place.state()) > MOST_BRANCHES) {
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

    /** The words by their places, each behind all that lead to it. */
    Map<Place, Word> words() {
        return words;
    }

    /** The places from which the table is needed. */
    Set<Place> walks() {
        return walks;
    }

    /** The groups that the end of the string tells apart, with the places from which they are come to. */
    Map<Tails.Group, Set<Place>> ends() {
        return ends;
    }

    /** The index of the last byte that a word looks at; -1 for none. */
    int lastByte() {
        return lastByte;
    }

    /** The word at a place by which what follows is shortest; the longest of those. */
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

    /** The widths of the words that may be read at a place. */
    private Stream<Width> widths(Place place) {
        return automaton.states() > MOST_STATES
                ? Stream.of(Width.DW)
                : WIDTHS.stream().filter(width -> place.index() % width.bytes() == 0);
    }

    private Choice choice(Place place, Width width) {
        Division division = new Division(width);
        boolean divided = division.of(place);
        List<Word.Range> ranges =
                divided ? division.ranges.list() : List.of(new Word.Range(division.most(), new Way.Table(place)));
        Map<Tails.Group, Set<Place>> told = divided ? division.ends : Map.of();
        long slots = slots(ranges, width);
        if (automaton.states() <= MOST_STATES) {
            for (Place next : next(ranges)) {
                slots += choice(next).slots();
            }
        }
        return new Choice(new Word(width.bytes(), ranges), ranges.size() > 1 ? division.lastByte : -1, slots, told);
    }

    private static Set<Place> next(List<Word.Range> ranges) {
        Set<Place> next = new LinkedHashSet<>();
        ranges.forEach(range -> {
            if (range.way() instanceof Way.On on) {
                next.add(on.place());
            }
        });
        return next;
    }

    /**
     * What reading and comparing takes: a number of 8 bytes has two slots of its own. Those that all others are told from cost nothing, a
     * single number costs one comparison, a range two and the swap.
     */
    private static long slots(List<Word.Range> ranges, Width width) {
        if (ranges.size() == 1) {
            return 0;
        }
        Map<Way, Integer> counts = new HashMap<>();
        ranges.forEach(range -> counts.merge(range.way(), 1, Integer::sum));
        Way rest = ranges.get(0).way();
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

    /** How many bytes lead on to where neither the outcome is known nor the end is looked at. */
    private static int branches(Automaton automaton, Tails tails, int state) {
        int branches = 0;
        for (int value = 1; value < 256; value++) {
            int to = automaton.next(state, value);
            branches += automaton.decided(to) || tails.at(to).isPresent() ? 0 : 1;
        }
        return branches;
    }

    /** The words at one place, as ranges. */
    private final class Division {
        private final Width width;
        private final Word.Ranges ranges = new Word.Ranges();
        private final Map<Tails.Group, Set<Place>> ends = new LinkedHashMap<>();
        private int lastByte = -1;

        Division(Width width) {
            this.width = width;
        }

        /** The greatest word. */
        private long most() {
            return -1L >>> Long.SIZE - width.bits();
        }

        /** False if the ranges are too many. */
        boolean of(Place place) {
            return divide(place.state(), place.index(), 0, 0);
        }

        /** Adds the ranges of the words that begin with the bytes of `start`; false if they are too many. */
        private boolean divide(int state, int index, int depth, long start) {
            long last = depth == width.bytes() ? start : start | most() >>> depth * 8;
            if (automaton.decided(state)) {
                return ranges.add(last, new Way.Out(automaton.end(state)));
            } else if (index == kind.limit()) {
                boolean ends = !kind.cut();
                return ranges.add(
                        last, ends ? new Way.Out(automaton.end(state)) : new Way.Table(new Place(state, index)));
            }
            Optional<Tails.Group> group = tails.at(state);
            if (group.isPresent()) {
                return ranges.add(last, end(group.get(), new Place(state, index)));
            } else if (tails.leavesText(state)) {
                return ranges.add(last, new Way.Table(new Place(state, index)));
            } else if (depth == width.bytes()) {
                return ranges.add(last, new Way.On(new Place(state, index)));
            } else if (branches(automaton, tails, state) > MOST_BRANCHES) {
                return ranges.add(last, new Way.Table(new Place(state, index)));
            }
            lastByte = Math.max(lastByte, index);
            int shift = (width.bytes() - 1 - depth) * 8;
            Way ending = tails.ending(state)
                    .map(told -> end(told, new Place(state, index)))
                    .orElse(new Way.Out(automaton.end(state)));
            ranges.add(start | (1L << shift) - 1, ending);
            for (int value = 1; value < 256; value++) {
                long next = start | (long) value << shift;
                if (!divide(automaton.next(state, value), index + 1, depth + 1, next)) {
                    return false;
                }
            }
            return true;
        }

        private Way end(Tails.Group group, Place place) {
            ends.computeIfAbsent(group, each -> new LinkedHashSet<>()).add(place);
            return new Way.End(group);
        }
    }
}
