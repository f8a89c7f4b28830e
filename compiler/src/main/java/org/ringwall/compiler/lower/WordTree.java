package org.ringwall.compiler.lower;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.strings.Automaton;
import org.ringwall.compiler.strings.StringKind;

/**
 * How an automaton is followed by words of 8 or 4 bytes. Read as a big-endian number, a word that begins with some bytes lies
 * in one interval, so that prefixes, whole strings with their NUL, and prefixes of prefixes are all intervals of one
 * number; what lies behind a NUL does not matter. Where most bytes lead on, as behind a `*`, words do not help: there a
 * table takes over, byte by byte.
 */
public final class WordTree {
    /** More bytes that lead on than text has are a wildcard's. */
    private static final int MOST_BRANCHES = 128;

    /** More intervals than this in one word are not worth it. */
    private static final int MOST_INTERVALS = 4096;

    private final Automaton automaton;
    private final StringKind kind;
    private final Width word;
    private final SortedMap<Integer, Map<Integer, List<Range>>> words = new TreeMap<>();
    private final Set<Place> walks = new LinkedHashSet<>();
    private int lastByte = -1;

    /** A state in which the automaton is before the byte with this index. */
    record Place(int state, int index) {}

    /** Where a word leads: to an outcome, to the next word, or to the table. */
    sealed interface Way {
        /** Nothing that follows matters. */
        record Out(int outcome) implements Way {}

        /** On to the word at the place. */
        record On(Place place) implements Way {}

        /** To the table, from the place on. */
        record Table(Place place) implements Way {}
    }

    /** The numbers after the range before it up to `high`, unsigned. */
    record Range(long high, Way way) {}

    private WordTree(Automaton automaton, StringKind kind, Width word) {
        this.automaton = automaton;
        this.kind = kind;
        this.word = word;
        Place start = new Place(0, 0);
        List<Place> open = new ArrayList<>(List.of(start));
        Set<Place> seen = new LinkedHashSet<>(open);
        while (!open.isEmpty()) {
            Place place = open.remove(open.size() - 1);
            List<Range> ranges = ranges(place);
            words.computeIfAbsent(place.index(), index -> new LinkedHashMap<>()).put(place.state(), ranges);
            for (Range range : ranges) {
                if (range.way() instanceof Way.On on && seen.add(on.place())) {
                    open.add(on.place());
                } else if (range.way() instanceof Way.Table table) {
                    walks.add(table.place());
                }
            }
        }
    }

    /**
     * The tree of words of 8 bytes, or of 4 where that is shorter: those are compared with numbers that fit into an instruction, but it takes
     * two of them to see as much.
     */
    static WordTree of(Automaton automaton, StringKind kind) {
        WordTree wide = new WordTree(automaton, kind, Width.DW);
        WordTree narrow = new WordTree(automaton, kind, Width.W);
        return narrow.slots() < wide.slots() ? narrow : wide;
    }

    /** About as many as it takes to compare all words: each is read and swapped, and each boundary is a number. */
    private int slots() {
        int boundary = word == Width.DW ? 3 : 1;
        return words.values().stream()
                .flatMap(places -> places.values().stream())
                .filter(ranges -> ranges.size() > 1)
                .mapToInt(ranges -> 2 + (ranges.size() - 1) * boundary)
                .sum();
    }

    Width word() {
        return word;
    }

    /** The words by the index of their first byte and the state before it, each as ranges; a single range reads nothing. */
    SortedMap<Integer, Map<Integer, List<Range>>> words() {
        return words;
    }

    /** The places from which the table is needed. */
    Set<Place> walks() {
        return walks;
    }

    /** The index of the last byte that a word looks at; -1 for none. */
    int lastByte() {
        return lastByte;
    }

    private List<Range> ranges(Place place) {
        List<Range> ranges = new ArrayList<>();
        int before = lastByte;
        if (divide(place.state(), place.index(), 0, 0, ranges)) {
            return ranges;
        }
        lastByte = before;
        return List.of(new Range(most(), new Way.Table(place)));
    }

    /** The greatest word. */
    private long most() {
        return -1L >>> Long.SIZE - word.bits();
    }

    /** Adds the ranges of the words that begin with the bytes of `start`; false if they are too many. */
    private boolean divide(int state, int index, int depth, long start, List<Range> ranges) {
        long last = depth == word.bytes() ? start : start | most() >>> depth * 8;
        if (automaton.decided(state)) {
            return add(ranges, last, new Way.Out(automaton.end(state)));
        } else if (index == kind.limit()) {
            boolean ends = !kind.cut();
            return add(ranges, last, ends ? new Way.Out(automaton.end(state)) : new Way.Table(new Place(state, index)));
        } else if (depth == word.bytes()) {
            return add(ranges, last, new Way.On(new Place(state, index)));
        } else if (branches(state) > MOST_BRANCHES) {
            return add(ranges, last, new Way.Table(new Place(state, index)));
        }
        lastByte = Math.max(lastByte, index);
        int shift = (word.bytes() - 1 - depth) * 8;
        add(ranges, start | (1L << shift) - 1, new Way.Out(automaton.end(state)));
        for (int value = 1; value < 256; value++) {
            long next = start | (long) value << shift;
            if (!divide(automaton.next(state, value), index + 1, depth + 1, next, ranges)) {
                return false;
            }
        }
        return true;
    }

    private int branches(int state) {
        int branches = 0;
        for (int value = 1; value < 256; value++) {
            branches += automaton.decided(automaton.next(state, value)) ? 0 : 1;
        }
        return branches;
    }

    private static boolean add(List<Range> ranges, long last, Way way) {
        int before = ranges.size() - 1;
        if (before >= 0 && ranges.get(before).way().equals(way)) {
            ranges.set(before, new Range(last, way));
        } else {
            ranges.add(new Range(last, way));
        }
        return ranges.size() <= MOST_INTERVALS;
    }
}
