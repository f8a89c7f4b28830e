// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.strings;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.StringPattern;

/**
 * The classes of a hook's string, numbered from 0. Strings of one class satisfy the same patterns
 * and cannot be distinguished by any guard.
 */
public final class Classifier {
    private final StringKind kind;
    private final List<StringPattern> patterns;
    private final List<StringClass> classes;
    private final Automaton automaton;
    private final Optional<GlobWords> globs;

    private Classifier(
            StringKind kind,
            List<StringPattern> patterns,
            List<StringClass> classes,
            Automaton automaton,
            Optional<GlobWords> globs) {
        this.kind = kind;
        this.patterns = patterns;
        this.classes = classes;
        this.automaton = automaton;
        this.globs = globs;
    }

    /** Builds the classes of strings of this kind. */
    public static Classifier of(StringKind kind, SortedSet<StringPattern> patterns) throws TooManyStatesException {
        List<StringPattern> list = List.copyOf(patterns);
        List<List<Integer>> sets = new ArrayList<>();
        Automaton matching = new Subsets(list.stream().map(PatternAutomaton::of).toList(), kind.line()).automaton(sets);
        StringClass[] ends = new StringClass[matching.states()];
        StringClass[] cuts = new StringClass[matching.states()];
        boolean wild = list.stream()
                .anyMatch(pattern ->
                        pattern.kind() != StringPattern.Kind.EXACT && pattern.kind() != StringPattern.Kind.PREFIX);
        if (wild && (long) matching.states() * matching.symbols() > Automaton.MAX_WILD_TRANSITIONS) {
            throw new TooManyStatesException();
        }
        boolean[] near = matching.within(kind.limit());
        boolean[] cutThere = kind.cut() ? matching.after(kind.limit()) : new boolean[matching.states()];
        for (int state = 0; state < ends.length; state++) {
            // States that only longer strings reach are not classes, and may have any outcome.
            int outcome = matching.end(near[state] ? state : 0);
            ends[state] = whole(sets.get(outcome), list.size());
            cuts[state] = cutThere[state] ? cut(matching, sets, state, list.size()) : ends[state];
        }
        TreeSet<StringClass> classes = new TreeSet<>(List.of(ends));
        classes.addAll(List.of(cuts));
        if (kind.mayBeUnknown()) {
            classes.add(unknown(list.size()));
        }
        if (kind.mayBeAbsent()) {
            classes.add(StringClass.ABSENT);
        }
        List<StringClass> order = List.copyOf(classes);
        // Outcomes so far were indices in `sets`; from here on they are classes, and those of
        // truncated strings differ by state.
        Automaton whole = matching.outcomes(
                IntStream.range(0, ends.length)
                        .map(state -> order.indexOf(ends[state]))
                        .toArray(),
                IntStream.range(0, cuts.length)
                        .map(state -> order.indexOf(cuts[state]))
                        .toArray());
        return new Classifier(kind, list, order, whole, Optional.empty());
    }

    /**
     * Builds the classes of strings of this kind; if they are too many, those of the patterns other
     * than globs, and tests each glob by itself.
     */
    public static Classifier split(StringKind kind, SortedSet<StringPattern> patterns) throws TooManyStatesException {
        try {
            return of(kind, patterns);
        } catch (TooManyStatesException e) {
            TreeSet<StringPattern> globs = new TreeSet<>(patterns);
            globs.removeIf(pattern -> !GlobWords.fits(pattern, kind));
            if (globs.isEmpty()) {
                throw e;
            }
            TreeSet<StringPattern> others = new TreeSet<>(patterns);
            others.removeAll(globs);
            // With no pattern at all, an unknown string would be like any other.
            Classifier rest = of(kind, others.isEmpty() ? new TreeSet<>(List.of(StringPattern.ANY)) : others);
            return new Classifier(kind, rest.patterns, rest.classes, rest.automaton, Optional.of(GlobWords.of(globs)));
        }
    }

    private static StringClass unknown(int patterns) {
        return new StringClass(
                false, List.of(), IntStream.range(0, patterns).boxed().toList());
    }

    /** Returns the class of a string that satisfies a set of {@link Subsets}. */
    private static StringClass whole(List<Integer> set, int patterns) {
        return new StringClass(
                false,
                set.stream().filter(each -> each < patterns).toList(),
                set.stream()
                        .filter(each -> each >= patterns)
                        .map(each -> each - patterns)
                        .toList());
    }

    /**
     * A pattern matches if it does for every continuation, does not if it does for none and each
     * decides it, and is unknown otherwise.
     */
    private static StringClass cut(Automaton matching, List<List<Integer>> sets, int state, int patterns) {
        boolean[] reached = matching.from(state);
        TreeSet<Integer> some = new TreeSet<>();
        TreeSet<Integer> all = new TreeSet<>(sets.get(matching.end(state)));
        for (int to = 0; to < reached.length; to++) {
            if (reached[to]) {
                sets.get(matching.end(to)).forEach(each -> some.add(each % patterns));
                all.retainAll(sets.get(matching.end(to)));
            }
        }
        List<Integer> matched = all.stream().filter(each -> each < patterns).toList();
        matched.forEach(some::remove);
        return new StringClass(false, matched, List.copyOf(some));
    }

    public StringKind kind() {
        return kind;
    }

    /** Returns the patterns that classes distinguish, ascending. */
    public List<StringPattern> patterns() {
        return patterns;
    }

    /** Returns the globs that classes do not distinguish. */
    public Optional<GlobWords> globs() {
        return globs;
    }

    /** Returns the classes by number. */
    public List<StringClass> classes() {
        return classes;
    }

    /** Returns the automaton whose outcomes are numbers of classes. */
    public Automaton automaton() {
        return automaton;
    }

    /**
     * Returns the class of a string that is known up to the limit. The string ends before its first
     * NUL.
     */
    public int classOf(ByteString string) {
        ByteString known = string.first(Math.min(string.size(), kind.limit()));
        int state = automaton.run(known);
        boolean ends = known.size() == string.size() || known.has(0);
        return ends ? automaton.end(state) : automaton.cut(state);
    }

    /** Returns the class of a string that exists but is not known. */
    public int unknown() {
        return number(unknown(patterns.size()));
    }

    /** Returns the class for an absent string. */
    public int absent() {
        return number(StringClass.ABSENT);
    }

    private int number(StringClass wanted) {
        int number = classes.indexOf(wanted);
        if (number < 0) {
            throw new IllegalStateException("a string of this kind is never so: " + wanted);
        }
        return number;
    }
}
