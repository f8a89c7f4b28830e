// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The words that each step of a {@link StringHash} hashes. Of prefixes none of which begins with
 * another, the shortest differs from each of the others within its length, so each step separates
 * some of them if it reads the words in which they differ.
 *
 * @param entries the prefixes
 * @param steps the words of the steps that every string takes, at least one
 * @param overflowSteps the words of the steps after a rarely taken jump
 * @param overflowEntries the number of entries that take that jump
 */
record StringPlan(
        List<StringHash.Entry> entries,
        List<List<Integer>> steps,
        List<List<Integer>> overflowSteps,
        int overflowEntries) {
    private static final int MAX_STEPS = 6;

    private static final int MAX_OVERFLOW_STEPS = 2;

    private static final int MAX_WORDS = 4;

    /**
     * The inverse of the fraction of undecided entries below which the remaining steps are placed
     * after a rarely taken jump.
     */
    private static final int OVERFLOW_SHARE = 25;

    StringPlan {
        entries = List.copyOf(entries);
        steps = List.copyOf(steps);
        overflowSteps = List.copyOf(overflowSteps);
    }

    /** Returns a plan for these entries; empty if it would take too many steps. */
    static Optional<StringPlan> of(List<StringHash.Entry> entries) {
        List<List<StringHash.Entry>> left = List.of(entries);
        List<List<Integer>> steps = new ArrayList<>();
        List<List<Integer>> overflowSteps = new ArrayList<>();
        int overflowEntries = 0;
        while (undivided(left) > 0) {
            boolean last = !steps.isEmpty() && undivided(left) * OVERFLOW_SHARE <= entries.size();
            overflowEntries = last ? Math.max(overflowEntries, undivided(left)) : overflowEntries;
            List<Integer> words = words(left);
            (last ? overflowSteps : steps).add(words);
            left = divided(left, words);
            if (words.isEmpty()
                    || words.size() > MAX_WORDS
                    || steps.size() > MAX_STEPS
                    || overflowSteps.size() > MAX_OVERFLOW_STEPS) {
                return Optional.empty();
            }
        }
        return steps.isEmpty()
                ? Optional.empty()
                : Optional.of(new StringPlan(entries, steps, overflowSteps, overflowEntries));
    }

    /** Returns the number of entries that are not yet alone. */
    static int undivided(Collection<List<StringHash.Entry>> left) {
        return left.stream().mapToInt(List::size).filter(size -> size > 1).sum();
    }

    /** Returns a minimal set of words that divides the rest into the most groups. */
    private static List<Integer> words(List<List<StringHash.Entry>> left) {
        TreeSet<Integer> all = new TreeSet<>();
        for (List<StringHash.Entry> each : left) {
            int length = shortest(each);
            for (int word = 0; each.size() > 1 && word * Long.BYTES < length; word++) {
                if (groups(each, List.of(word)).size() > 1) {
                    all.add(word);
                }
            }
        }
        List<Integer> words = new ArrayList<>(all);
        int most = divided(left, words).size();
        for (int word : all.descendingSet()) {
            List<Integer> fewer = words.stream().filter(each -> each != word).toList();
            if (!fewer.isEmpty() && divided(left, fewer).size() == most) {
                words = new ArrayList<>(fewer);
            }
        }
        return words;
    }

    private static List<List<StringHash.Entry>> divided(List<List<StringHash.Entry>> left, List<Integer> words) {
        return left.stream()
                .flatMap(each -> each.size() == 1 ? List.of(each).stream() : groups(each, words).values().stream())
                .toList();
    }

    /** Groups the entries by these words, as far as all have them. */
    static Map<List<Long>, List<StringHash.Entry>> groups(List<StringHash.Entry> entries, List<Integer> words) {
        int length = shortest(entries);
        Map<List<Long>, List<StringHash.Entry>> groups = new LinkedHashMap<>();
        for (StringHash.Entry entry : entries) {
            List<Long> key =
                    words.stream().map(word -> entry.word(word, length)).toList();
            groups.computeIfAbsent(key, each -> new ArrayList<>()).add(entry);
        }
        return groups;
    }

    static int shortest(List<StringHash.Entry> entries) {
        return entries.stream().mapToInt(each -> each.length()).min().orElseThrow();
    }

    /** Returns the number of words of the longest entry. */
    int words() {
        int longest = entries.stream().mapToInt(each -> each.length()).max().orElseThrow();
        return (longest + Long.BYTES - 1) / Long.BYTES;
    }

    /** Returns the number of words that all entries have in full. */
    int whole() {
        return shortest(entries) / Long.BYTES;
    }

    /**
     * Returns the cost of a search: each step's load depends on the one before, and everything
     * depends on a misprediction.
     */
    Cost cost() {
        int hashed = steps.stream().mapToInt(List::size).sum()
                + overflowSteps.stream().mapToInt(List::size).sum();
        int instructions = Costs.STRING_INSTRUCTIONS
                + (steps.size() + overflowSteps.size()) * Costs.STRING_STEP_INSTRUCTIONS
                + hashed * Costs.STRING_WORD_INSTRUCTIONS
                + whole() * Costs.STRING_WHOLE_INSTRUCTIONS
                + (words() - whole()) * Costs.STRING_PART_INSTRUCTIONS;
        long bytes = (long) entries.size() * (words() + 1) * Long.BYTES;
        return new Cost(
                instructions,
                instructions * Costs.STRAIGHT_NS
                        + steps.size() * Costs.STRING_STEP_NS
                        + Costs.STRING_OVERFLOW_NS * overflowEntries / entries.size()
                        + Costs.access(bytes));
    }
}
