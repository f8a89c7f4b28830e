package org.ringwall.compiler.table;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds the steps of a {@link StringHash}. Of beginnings none of which begins with another, the shortest differs from each of the others within its
 * length. So each step sets some of them apart, as long as it looks at the words in which they differ.
 */
final class StringSteps {
    private static final int MOST_STEPS = 6;

    private static final int MOST_RARE = 2;

    private static final int MOST_WORDS_OF_STEP = 4;

    private static final int MOST_BITS = 14;

    /** So many more bits than there are places to go to are tried. */
    private static final int MORE_BITS = 3;

    private static final int TRIES = 1 << 10;

    private static final int TRIES_OF_FIRST = 1 << 15;

    private static final long SEED = 0x72696e67;

    /** Where no more than one of so many is left with others, the rest is looked for behind a jump that is seldom taken. */
    private static final int SELDOM = 6;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final List<StringStep> steps = new ArrayList<>();
    private final List<StringStep> rare = new ArrayList<>();

    /** What is left in each slot. */
    private Map<Integer, List<StringHash.Entry>> left = new TreeMap<>();

    private StringSteps() {}

    /**
     * All steps.
     *
     * @param steps that every string goes through
     * @param rare that few go through, with slots among those of the last one
     * @param found the only beginning that is left in a slot
     */
    record Found(List<StringStep> steps, List<StringStep> rare, Map<Integer, StringHash.Entry> found) {}

    /** The steps that find one of these; nothing where they would be too many. */
    static Optional<Found> of(List<StringHash.Entry> entries) {
        return new StringSteps().find(entries);
    }

    private Optional<Found> find(List<StringHash.Entry> entries) {
        left.put(0, entries);
        while (steps.isEmpty() || many(left.values()) * SELDOM > entries.size()) {
            if (steps.size() == MOST_STEPS || !step(entries.size())) {
                return Optional.empty();
            }
        }
        while (many(left.values()) > 0) {
            if (rare.size() == MOST_RARE || !rareStep()) {
                return Optional.empty();
            }
        }
        Map<Integer, StringHash.Entry> found = new TreeMap<>();
        left.forEach((slot, each) -> found.put(slot, each.get(0)));
        return Optional.of(new Found(steps, rare, found));
    }

    /** How many are left with others. */
    private static int many(Collection<List<StringHash.Entry>> states) {
        return states.stream().mapToInt(List::size).filter(size -> size > 1).sum();
    }

    private boolean step(int entries) {
        List<Integer> words = words();
        if (words.isEmpty() || words.size() > MOST_WORDS_OF_STEP) {
            return false;
        }
        List<List<StringHash.Entry>> places = left.values().stream()
                .flatMap(each -> groups(each, words).values().stream())
                .toList();
        int later = many(places) * SELDOM > entries ? 0 : many(places);
        int least = Integer.SIZE - Integer.numberOfLeadingZeros(places.size() + later - 1);
        for (int bits = least; bits <= Math.min(least + MORE_BITS, MOST_BITS); bits++) {
            Map<Integer, List<StringHash.Entry>> next = new TreeMap<>();
            Optional<StringStep> step = step(words, bits, left, next);
            if (step.isPresent()) {
                left = next;
                steps.add(step.get());
                return true;
            }
        }
        return false;
    }

    private boolean rareStep() {
        List<Integer> words = words();
        if (words.isEmpty() || words.size() > MOST_WORDS_OF_STEP) {
            return false;
        }
        Map<Integer, List<StringHash.Entry>> open = new TreeMap<>(left);
        open.values().removeIf(each -> each.size() == 1);
        int bits = steps.get(steps.size() - 1).bits();
        Map<Integer, List<StringHash.Entry>> next = new TreeMap<>(left);
        rare.forEach(step -> step.records().forEach(record -> next.put(record.slot(), List.of())));
        Optional<StringStep> step = step(words, bits, open, next);
        step.ifPresent(found -> {
            rare.add(found);
            left = next;
            rare.forEach(each -> each.records().forEach(record -> left.remove(record.slot())));
        });
        return step.isPresent();
    }

    private static int shortest(List<StringHash.Entry> entries) {
        return entries.stream().mapToInt(each -> each.text().size()).min().orElseThrow();
    }

    /** The words by which what is left falls into the most groups; none of them can be done without. */
    private List<Integer> words() {
        TreeSet<Integer> all = new TreeSet<>();
        left.values().stream().filter(each -> each.size() > 1).forEach(each -> {
            int length = shortest(each);
            for (int word = 0; word * Long.BYTES < length; word++) {
                int at = word;
                if (each.stream().map(entry -> entry.word(at, length)).distinct().count() > 1) {
                    all.add(word);
                }
            }
        });
        List<Integer> words = new ArrayList<>(all);
        int most = groups(words);
        for (int word : all.descendingSet()) {
            List<Integer> fewer = words.stream().filter(each -> each != word).toList();
            if (!fewer.isEmpty() && groups(fewer) == most) {
                words = new ArrayList<>(fewer);
            }
        }
        return words;
    }

    private int groups(List<Integer> words) {
        return left.values().stream().mapToInt(each -> groups(each, words).size()).sum();
    }

    private static Map<List<Long>, List<StringHash.Entry>> groups(List<StringHash.Entry> entries, List<Integer> words) {
        int length = shortest(entries);
        Map<List<Long>, List<StringHash.Entry>> groups = new LinkedHashMap<>();
        for (StringHash.Entry entry : entries) {
            List<Long> key = words.stream().map(word -> entry.word(word, length)).toList();
            groups.computeIfAbsent(key, each -> new ArrayList<>()).add(entry);
        }
        return groups;
    }

    /** The step by these words from these slots into so many, the largest ones first. */
    private Optional<StringStep> step(
            List<Integer> words,
            int bits,
            Map<Integer, List<StringHash.Entry>> from,
            Map<Integer, List<StringHash.Entry>> next) {
        List<StringStep.Record> records = new ArrayList<>();
        Map<Integer, Map<List<Long>, List<StringHash.Entry>>> groups = new HashMap<>();
        from.forEach((slot, each) -> groups.put(slot, groups(each, words)));
        List<Integer> order = new ArrayList<>(from.keySet());
        order.sort(Comparator.<Integer>comparingInt(slot -> -groups.get(slot).size()).thenComparing(slot -> slot));
        int least = Collections.min(words) * Long.BYTES;
        boolean seeded = from.values().stream().anyMatch(each -> shortest(each) <= least);
        for (int slot : order) {
            Optional<StringStep.Record> record =
                    record(slot, shortest(from.get(slot)), groups.get(slot).keySet(), words, bits, seeded, next.keySet());
            if (record.isEmpty()) {
                return Optional.empty();
            }
            groups.get(slot).forEach((numbers, group) -> next.put(
                    StringStep.slot(numbers, bits, record.get().factors(), record.get().seed()), group));
            records.add(record.get());
        }
        return Optional.of(new StringStep(words, bits, seeded, records));
    }

    private Optional<StringStep.Record> record(
            int slot, int length, Set<List<Long>> groups, List<Integer> words, int bits, boolean seeded, Set<Integer> taken) {
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
