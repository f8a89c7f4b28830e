package org.ringwall.compiler.table;

import java.util.ArrayList;
import java.util.BitSet;
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

    private static final int MOST_WORDS_OF_STEP = 4;

    private static final int MOST_BITS = 14;

    /** So many more bits than there are places to go to are tried. */
    private static final int MORE_BITS = 3;

    private static final int TRIES = 1 << 10;

    private static final int TRIES_OF_FIRST = 1 << 15;

    private static final long SEED = 0x72696e67;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final List<StringStep> steps = new ArrayList<>();

    /** What is left in each slot. */
    private Map<Integer, List<StringHash.Entry>> left = new TreeMap<>();

    private StringSteps() {}

    /** The steps that find one of these; nothing where they would be too many. */
    static Optional<List<StringStep>> of(List<StringHash.Entry> entries) {
        return new StringSteps().find(entries);
    }

    private Optional<List<StringStep>> find(List<StringHash.Entry> entries) {
        left.put(0, entries);
        while (left.values().stream().anyMatch(each -> each.size() > 1)) {
            if (steps.size() == MOST_STEPS || !step()) {
                return Optional.empty();
            }
        }
        return steps.isEmpty() ? Optional.empty() : Optional.of(steps);
    }

    private boolean step() {
        List<Integer> words = words();
        if (words.size() > MOST_WORDS_OF_STEP) {
            return false;
        }
        int places = groups(words);
        int least = Integer.SIZE - Integer.numberOfLeadingZeros(places - 1);
        for (int bits = least; bits <= Math.min(least + MORE_BITS, MOST_BITS); bits++) {
            Optional<StringStep> step = step(words, bits);
            if (step.isPresent()) {
                steps.add(step.get());
                return true;
            }
        }
        return false;
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

    /** The step by these words into so many slots, the largest states first. */
    private Optional<StringStep> step(List<Integer> words, int bits) {
        Map<Integer, List<StringHash.Entry>> next = new TreeMap<>();
        List<StringStep.Record> records = new ArrayList<>();
        Map<Integer, List<List<StringHash.Entry>>> groups = new HashMap<>();
        left.forEach((slot, each) -> groups.put(slot, List.copyOf(groups(each, words).values())));
        List<Integer> order = new ArrayList<>(left.keySet());
        order.sort(Comparator.<Integer>comparingInt(slot -> -groups.get(slot).size()).thenComparing(slot -> slot));
        int tries = steps.isEmpty() ? TRIES_OF_FIRST : TRIES;
        for (int slot : order) {
            int length = shortest(left.get(slot));
            Optional<Long> factor = factor(groups.get(slot), words, bits, length, next.keySet(), tries);
            if (factor.isEmpty()) {
                return Optional.empty();
            }
            groups.get(slot).forEach(group -> next.put(
                    StringStep.slot(group.get(0), words, bits, length, factor.get()), group));
            records.add(new StringStep.Record(slot, length, factor.get()));
        }
        left = next;
        return Optional.of(new StringStep(words, bits, records, found(next, 1 << bits)));
    }

    private static List<StringHash.Entry> found(Map<Integer, List<StringHash.Entry>> next, int slots) {
        List<StringHash.Entry> found = new ArrayList<>();
        if (next.values().stream().allMatch(each -> each.size() == 1)) {
            StringHash.Entry any = next.values().iterator().next().get(0);
            for (int slot = 0; slot < slots; slot++) {
                found.add(next.getOrDefault(slot, List.of(any)).get(0));
            }
        }
        return found;
    }

    private Optional<Long> factor(
            List<List<StringHash.Entry>> groups,
            List<Integer> words,
            int bits,
            int length,
            Set<Integer> taken,
            int tries) {
        for (int i = 0; i < tries; i++) {
            long factor = random.nextLong() | 1;
            BitSet slots = new BitSet();
            boolean free = true;
            for (int g = 0; free && g < groups.size(); g++) {
                int slot = StringStep.slot(groups.get(g).get(0), words, bits, length, factor);
                free = !slots.get(slot) && !taken.contains(slot);
                slots.set(slot);
            }
            if (free) {
                return Optional.of(factor);
            }
        }
        return Optional.empty();
    }
}
