// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.ringwall.bench.Summary;

/** The goals in milliseconds: for the time until a list is in force, and for compilation. */
public final class TimeGoals {
    private static final int MANY = 100_000;
    private static final int FEWER = 1_000;
    private static final int FEWEST = 10;

    private static final double READY = 0.05;
    private static final double SMALL_TO_CLANG = 5;
    private static final double MANY_MS = 1_500;
    private static final double WARM_MS = 10;

    /** The bound for a hundred times as many prefixes: a fifth above linear growth. */
    private static final double GROWTH = 1.2 * MANY / FEWER;

    private TimeGoals() {}

    /**
     * Returns the goal for 100,000 prefixes in force. `times` are by number of prefixes and
     * contestant.
     */
    public static List<Held> ready(SortedMap<Integer, Map<String, Summary>> times, String ours, String rival) {
        Map<String, Summary> many = times.getOrDefault(MANY, Map.of());
        return both(many, ours, rival).map(pair -> quotient("ready, 100000 prefixes: ms", rival, pair, READY)).stream()
                .toList();
    }

    /**
     * Returns the goals for the compile command.
     *
     * @param small times for the small policy, by variant
     * @param byPrefixes times for lists, by number of prefixes and variant
     */
    public static List<Held> commands(
            Map<String, Summary> small, SortedMap<Integer, Map<String, Summary>> byPrefixes, String ours) {
        List<Held> all = new ArrayList<>();
        small.keySet().stream()
                .filter(name -> name.startsWith("clang"))
                .findFirst()
                .flatMap(clang -> both(small, ours, clang)
                        .map(pair -> quotient("compile, small policy: ms", clang, pair, SMALL_TO_CLANG)))
                .ifPresent(all::add);
        Optional<Double> many = median(byPrefixes, MANY, ours);
        many.ifPresent(ms -> all.add(Held.time("compile, 100000 prefixes: ms", ms, MANY_MS)));
        Optional<Double> fewer = median(byPrefixes, FEWER, ours);
        Optional<Double> fewest = median(byPrefixes, FEWEST, ours);
        if (many.isPresent() && fewer.isPresent() && fewest.isPresent()) {
            double most = many.get() - fewest.get();
            double least = Math.max(fewer.get() - fewest.get(), 1);
            all.add(Held.quotient(
                    "compile, 1000 to 100000 prefixes: growth of ms over those for 10",
                    "itself",
                    Summary.number(most),
                    Summary.number(least),
                    most / least,
                    GROWTH));
        }
        return all;
    }

    /** Returns the goal for one call of a warm compiler with the small policy. */
    public static List<Held> warm(Map<String, Summary> bySample, String small) {
        return Optional.ofNullable(bySample.get(small))
                .map(times -> Held.time("compile, warm in process, " + small + ": ms", times.median(), WARM_MS))
                .stream()
                .toList();
    }

    private record Pair(Summary ours, Summary its) {}

    private static Optional<Pair> both(Map<String, Summary> times, String ours, String rival) {
        return Optional.ofNullable(times.get(ours))
                .flatMap(own -> Optional.ofNullable(times.get(rival)).map(its -> new Pair(own, its)));
    }

    private static Held quotient(String what, String rival, Pair pair, double most) {
        double ours = pair.ours().median();
        double its = pair.its().median();
        return Held.quotient(what, rival, Summary.number(ours), Summary.number(its), ours / its, most);
    }

    private static Optional<Double> median(SortedMap<Integer, Map<String, Summary>> times, int size, String name) {
        return Optional.ofNullable(times.getOrDefault(size, Map.of()).get(name)).map(Summary::median);
    }
}
