package org.ringwall.compiler.table;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Beginnings of strings in a few tables, by their lengths. The fewer short ones there are among the longer, the more each step may look at, and so the fewer steps
 * there are one behind another; those of several tables do not wait for each other.
 *
 * @param tables in each of which a string is sought; what it is in none of them is all ones
 * @param cost of all of them
 */
public record StringParts(List<StringHash> tables, Cost cost) {
    private static final int MOST_PARTS = 4;

    /** So many lengths are tried at which a part is divided. */
    private static final int MOST_LENGTHS = 16;

    public StringParts {
        tables = List.copyOf(tables);
    }

    /** The tables of what has so many classes; nothing if the beginnings are too many or too long. */
    public static Optional<StringParts> of(List<StringHash.Entry> entries, int classes) {
        List<StringHash.Entry> sorted = new ArrayList<>(entries);
        sorted.sort(Comparator.comparingInt(entry -> entry.text().size()));
        int longest = sorted.get(sorted.size() - 1).text().size();
        if (longest > StringHash.MOST_WORDS * Long.BYTES || classes > StringHash.MOST_CLASSES) {
            return Optional.empty();
        }
        Optional<List<StringPlan>> plans = divided(sorted);
        if (plans.isEmpty()) {
            return Optional.empty();
        }
        List<StringHash> tables = plans.get().stream()
                .map(plan -> StringHash.of(plan, classes))
                .flatMap(Optional::stream)
                .toList();
        return tables.size() < plans.get().size()
                ? Optional.empty()
                : Optional.of(new StringParts(tables, cost(plans.get(), entries.size())));
    }

    /** One part is divided after another, as long as that makes all of them cheaper. */
    private static Optional<List<StringPlan>> divided(List<StringHash.Entry> sorted) {
        int all = sorted.size();
        Optional<List<StringPlan>> best = StringPlan.of(sorted, all).map(List::of);
        for (int parts = 1; parts < MOST_PARTS; parts++) {
            List<List<StringPlan>> tried = new ArrayList<>();
            if (best.isEmpty()) {
                divisions(sorted, all).forEach(tried::add);
            }
            best.ifPresent(plans -> plans.forEach(plan -> divisions(plan.entries(), all)
                    .forEach(two -> tried.add(replaced(plans, plan, two)))));
            Optional<List<StringPlan>> least = tried.stream().min(Comparator.comparing(plans -> cost(plans, all)));
            boolean cheaper = least.isPresent()
                    && (best.isEmpty() || cost(least.get(), all).compareTo(cost(best.get(), all)) < 0);
            if (!cheaper) {
                return best;
            }
            best = least;
        }
        return best;
    }

    private static List<StringPlan> replaced(List<StringPlan> plans, StringPlan old, List<StringPlan> two) {
        List<StringPlan> replaced = new ArrayList<>(plans);
        replaced.remove(old);
        replaced.addAll(two);
        return replaced;
    }

    /** A part as two, the shorter ones and the longer ones. */
    private static List<List<StringPlan>> divisions(List<StringHash.Entry> sorted, int all) {
        List<List<StringPlan>> divisions = new ArrayList<>();
        int step = Math.max(1, sorted.size() / MOST_LENGTHS);
        for (int i = 1; i < sorted.size(); i++) {
            boolean longer = sorted.get(i).text().size() > sorted.get(i - 1).text().size();
            if (longer && (i < step || i % step == 0 || sorted.size() <= all / 2)) {
                Optional<StringPlan> shorter = StringPlan.of(sorted.subList(0, i), all);
                Optional<StringPlan> rest = StringPlan.of(sorted.subList(i, sorted.size()), all);
                if (shorter.isPresent() && rest.isPresent()) {
                    divisions.add(List.of(shorter.get(), rest.get()));
                }
            }
        }
        return divisions;
    }

    private static Cost cost(List<StringPlan> plans, int all) {
        int instructions = plans.stream().mapToInt(StringPlan::instructions).sum();
        int steps = plans.stream().mapToInt(plan -> plan.steps().size()).max().orElse(0);
        double seldom = plans.stream().mapToInt(StringPlan::seldom).sum() / (double) all;
        long bytes = plans.stream().mapToLong(StringPlan::bytes).sum();
        return new Cost(
                instructions,
                instructions * Costs.STRAIGHT_NS
                        + steps * Costs.STRING_STEP_NS
                        + seldom * Costs.STRING_SELDOM_NS
                        + Costs.access(bytes));
    }
}
