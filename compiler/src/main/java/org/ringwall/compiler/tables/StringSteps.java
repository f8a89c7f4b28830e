// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A search for the factors of a {@link StringPlan}'s steps, with which no two prefixes that a step
 * separates share a slot.
 */
final class StringSteps {
    private static final int MOST_BITS = 14;

    /** The maximum number of bits beyond those that index the places. */
    private static final int MORE_BITS = 3;

    /** The number of expected collisions above which no factor is found in so many tries. */
    private static final int MOST_CLASHES = 9;

    private static final int TRIES = 1 << 10;

    private static final int TRIES_OF_FIRST = 1 << 15;

    private static final long SEED = 0x72696e67;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final List<StringStep> steps = new ArrayList<>();
    private final List<StringStep> overflowSteps = new ArrayList<>();

    /** The remaining candidates of each slot. */
    private Map<Integer, List<StringHash.Entry>> left = new TreeMap<>();

    private StringSteps() {}

    /**
     * The complete steps.
     *
     * @param steps the steps that every string takes
     * @param overflowSteps the steps that few strings take, whose slots are among those of the
     *     last regular one
     * @param found the only remaining prefix of each slot
     */
    record Found(List<StringStep> steps, List<StringStep> overflowSteps, Map<Integer, StringHash.Entry> found) {}

    /** Returns the steps of a plan; empty if no factors are found. */
    static Optional<Found> of(StringPlan plan) {
        return new StringSteps().find(plan);
    }

    private Optional<Found> find(StringPlan plan) {
        left.put(0, plan.entries());
        for (int i = 0; i < plan.steps().size(); i++) {
            boolean last = i == plan.steps().size() - 1;
            if (!step(plan.steps().get(i), last)) {
                return Optional.empty();
            }
        }
        for (List<Integer> words : plan.overflowSteps()) {
            if (!overflowStep(words)) {
                return Optional.empty();
            }
        }
        Map<Integer, StringHash.Entry> found = new TreeMap<>();
        left.forEach((slot, each) -> found.put(slot, each.get(0)));
        return Optional.of(new Found(steps, overflowSteps, found));
    }

    /** The last regular step leaves room for the prefixes that overflow steps separate. */
    private boolean step(List<Integer> words, boolean last) {
        List<List<StringHash.Entry>> places = left.values().stream()
                .flatMap(each -> StringPlan.groups(each, words).values().stream())
                .toList();
        long most = left.values().stream()
                .mapToInt(each -> StringPlan.groups(each, words).size())
                .max()
                .orElse(0);
        int slots = places.size() + (last ? StringPlan.undivided(places) : 0);
        int least = Math.max(1, Integer.SIZE - Integer.numberOfLeadingZeros(slots - 1));
        for (int bits = least; bits <= Math.min(least + MORE_BITS, MOST_BITS); bits++) {
            Map<Integer, List<StringHash.Entry>> next = new TreeMap<>();
            Optional<StringStep> step =
                    most * most >> bits + 1 > MOST_CLASHES ? Optional.empty() : step(words, bits, left, next);
            if (step.isPresent()) {
                left = next;
                steps.add(step.get());
                return true;
            }
        }
        return false;
    }

    private boolean overflowStep(List<Integer> words) {
        Map<Integer, List<StringHash.Entry>> open = new TreeMap<>(left);
        open.values().removeIf(each -> each.size() == 1);
        int bits = steps.get(steps.size() - 1).bits();
        Map<Integer, List<StringHash.Entry>> next = new TreeMap<>(left);
        overflowSteps.forEach(step -> step.records().forEach(record -> next.put(record.slot(), List.of())));
        Optional<StringStep> step = step(words, bits, open, next);
        step.ifPresent(found -> {
            overflowSteps.add(found);
            left = next;
            overflowSteps.forEach(each -> each.records().forEach(record -> left.remove(record.slot())));
        });
        return step.isPresent();
    }

    /** The candidates of a slot, by the words that are hashed. */
    private record Open(int slot, int shortest, Map<List<Long>, List<StringHash.Entry>> groups) {}

    /** Finds the step from these slots to 2^bits others, the largest groups first. */
    private Optional<StringStep> step(
            List<Integer> words,
            int bits,
            Map<Integer, List<StringHash.Entry>> from,
            Map<Integer, List<StringHash.Entry>> next) {
        List<StringStep.Record> records = new ArrayList<>();
        List<Open> open = new ArrayList<>();
        from.forEach((slot, entries) ->
                open.add(new Open(slot, StringPlan.shortest(entries), StringPlan.groups(entries, words))));
        open.sort(Comparator.<Open>comparingInt(each -> -each.groups().size()).thenComparing(Open::slot));
        int least = Collections.min(words) * Long.BYTES;
        boolean seeded = open.stream().anyMatch(each -> each.shortest() <= least);
        for (Open each : open) {
            Optional<StringStep.Record> record =
                    record(each.slot(), each.shortest(), each.groups().keySet(), words, bits, seeded, next.keySet());
            if (record.isEmpty()) {
                return Optional.empty();
            }
            each.groups()
                    .forEach((numbers, group) -> next.put(
                            StringStep.slot(
                                    numbers,
                                    bits,
                                    record.get().factors(),
                                    record.get().seed()),
                            group));
            records.add(record.get());
        }
        return Optional.of(new StringStep(words, bits, seeded, records));
    }

    private Optional<StringStep.Record> record(
            int slot,
            int length,
            Set<List<Long>> groups,
            List<Integer> words,
            int bits,
            boolean seeded,
            Set<Integer> taken) {
        int tries = steps.isEmpty() ? TRIES_OF_FIRST : TRIES;
        for (int i = 0; i < tries; i++) {
            List<Long> factors = words.stream()
                    .map(word -> StringStep.factor(random.nextLong() | 1, word, length))
                    .toList();
            long seed = seeded ? random.nextLong() : 0;
            BitSet slots = new BitSet();
            boolean free = true;
            for (List<Long> numbers : groups) {
                int to = StringStep.slot(numbers, bits, factors, seed);
                free = !slots.get(to) && !taken.contains(to);
                if (!free) {
                    break;
                }
                slots.set(to);
            }
            if (free) {
                return Optional.of(new StringStep.Record(slot, factors, seed));
            }
        }
        return Optional.empty();
    }
}
