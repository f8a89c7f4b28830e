// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.ringwall.bench.Summary;
import org.ringwall.bench.Table;
import org.ringwall.bench.samples.Outcome;
import org.ringwall.bench.samples.SamplesBenchmark;

/** The samples compared with the same programs in C: by program, by policy and in total. */
public record SamplesReport(List<Outcome> outcomes, List<String> rivals) {
    private static final String NONE = "–";

    /**
     * A program is reported as slower if it exceeds both this ratio and this difference in
     * nanoseconds.
     */
    private static final double SLOWER = 1.1;

    private static final double SLOWER_NS = 2;

    /**
     * The suffix of rivals that begin with the same check of a control word as Ringwall. The goals
     * apply to them.
     */
    private static final String WORD = " word";

    private static final double MOST_INSNS = 0.9;
    private static final double MOST_NS = 1;

    public SamplesReport {
        outcomes = List.copyOf(outcomes);
        rivals = List.copyOf(rivals);
    }

    /** A program of Ringwall and the C program at the same hook. */
    private record Pair(String sample, Outcome.Figure ours, Outcome.Figure theirs) {
        double insns() {
            return (double) ours.insns() / theirs.insns();
        }

        boolean timed() {
            return ours.ns().isPresent() && theirs.ns().isPresent();
        }

        double ns() {
            return ns(ours) / ns(theirs);
        }

        boolean slower() {
            return timed() && ns() > SLOWER && lost() > SLOWER_NS;
        }

        double lost() {
            return ns(ours) - ns(theirs);
        }

        static double ns(Outcome.Figure figure) {
            return Quotient.least(figure.ns().map(Summary::median).orElse(0d));
        }

        String text() {
            return sample + " " + ours.hook().word() + ": " + Summary.number(ns(ours)) + " ns, " + theirs.contestant()
                    + " " + Summary.number(ns(theirs)) + " ns";
        }
    }

    private List<Pair> pairs(Outcome outcome, String rival) {
        List<Pair> pairs = new ArrayList<>();
        for (Outcome.Figure ours : outcome.figures()) {
            if (ours.contestant().equals(SamplesBenchmark.RINGWALL)) {
                outcome.figures().stream()
                        .filter(theirs -> theirs.contestant().equals(rival) && theirs.hook() == ours.hook())
                        .forEach(theirs -> pairs.add(new Pair(outcome.sample(), ours, theirs)));
            }
        }
        return pairs;
    }

    private List<Pair> pairs(String rival) {
        return outcomes.stream()
                .flatMap(outcome -> pairs(outcome, rival).stream())
                .toList();
    }

    /** Returns a table of every program of every contestant. */
    public Table programs(String method) {
        List<List<String>> rows = new ArrayList<>();
        for (Outcome outcome : outcomes) {
            for (Outcome.Figure figure : outcome.figures()) {
                rows.add(List.of(
                        outcome.sample() + " " + figure.hook().word(),
                        figure.contestant(),
                        Integer.toString(figure.insns()),
                        Integer.toString(figure.processed()),
                        figure.ns().map(ns -> Summary.number(ns.median())).orElse(NONE),
                        figure.ns().map(Summary::spread).orElse(NONE)));
            }
        }
        return new Table(
                "samples",
                "each program of each sample; " + method,
                List.of("program", "contestant", "insns", "processed", "ns", "spread"),
                rows,
                List.of());
    }

    /** Returns a table of the sums over each policy's programs, and the geometric means. */
    public Table standing() {
        List<List<String>> rows = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        for (String rival : rivals) {
            for (Outcome outcome : outcomes) {
                rows.add(row(outcome, rival));
            }
            List<Pair> all = pairs(rival);
            List<Pair> timed = all.stream().filter(Pair::timed).toList();
            rows.add(mean("geometric mean, policies", rival, policies(rival, false), policies(rival, true)));
            rows.add(mean("geometric mean, programs", rival, ratios(all, Pair::insns), ratios(timed, Pair::ns)));
            all.stream().filter(Pair::slower).forEach(pair -> notes.add("slower: " + pair.text()));
        }
        outcomes.forEach(outcome ->
                outcome.differing().forEach(text -> notes.add("differs: " + outcome.sample() + ": " + text)));
        return new Table(
                "samples-standing",
                "sums over the programs of a policy, ns over those that ran; ÷ is ringwall to the other, below 1 where"
                        + " ringwall is smaller or faster, and less than 1 ns counts as 1; slower is what takes more than "
                        + SLOWER + " times as long and more than " + Summary.number(SLOWER_NS) + " ns longer",
                List.of("policy", "beside", "insns", "its insns", "÷", "ns", "its ns", "÷ ns", "verdicts", "differing"),
                rows,
                notes);
    }

    private List<String> row(Outcome outcome, String rival) {
        List<Pair> pairs = pairs(outcome, rival);
        List<Pair> timed = pairs.stream().filter(Pair::timed).toList();
        double insns = pairs.stream().mapToInt(pair -> pair.ours().insns()).sum();
        double others = pairs.stream().mapToInt(pair -> pair.theirs().insns()).sum();
        double ns = timed.stream().mapToDouble(pair -> Pair.ns(pair.ours())).sum();
        double othersNs =
                timed.stream().mapToDouble(pair -> Pair.ns(pair.theirs())).sum();
        return List.of(
                outcome.sample(),
                rival,
                Integer.toString((int) insns),
                Integer.toString((int) others),
                Summary.hundredths(insns / others),
                timed.isEmpty() ? NONE : Summary.number(ns),
                timed.isEmpty() ? NONE : Summary.number(othersNs),
                timed.isEmpty() ? NONE : Summary.hundredths(ns / othersNs),
                Integer.toString(outcome.verdicts()),
                Integer.toString(outcome.differing().size()));
    }

    private List<Double> policies(String rival, boolean time) {
        List<Double> ratios = new ArrayList<>();
        for (Outcome outcome : outcomes) {
            List<Pair> pairs = pairs(outcome, rival).stream()
                    .filter(pair -> !time || pair.timed())
                    .toList();
            ToDoubleFunction<Outcome.Figure> value = time ? Pair::ns : Outcome.Figure::insns;
            ratio(pairs, value).ifPresent(ratios::add);
        }
        return ratios;
    }

    private static List<Double> ratios(List<Pair> pairs, ToDoubleFunction<Pair> ratio) {
        return pairs.stream().map(ratio::applyAsDouble).toList();
    }

    private static List<String> mean(String name, String rival, List<Double> insns, List<Double> ns) {
        return List.of(name, rival, NONE, NONE, geometric(insns), NONE, NONE, geometric(ns), NONE, NONE);
    }

    static String geometric(List<Double> ratios) {
        return ratios.isEmpty() ? NONE : Summary.hundredths(geometricMean(ratios));
    }

    private static double geometricMean(List<Double> ratios) {
        return Math.exp(ratios.stream().mapToDouble(Math::log).average().orElseThrow());
    }

    /**
     * Returns the goals against C with a control word: means over policies and programs, slower
     * programs, and differing verdicts.
     */
    public List<Held> goals() {
        List<Held> all = new ArrayList<>();
        for (String rival : rivals) {
            if (rival.endsWith(WORD)) {
                List<Pair> pairs = pairs(rival);
                List<Pair> timed = pairs.stream().filter(Pair::timed).toList();
                held(all, "policies: instructions", rival, policies(rival, false), MOST_INSNS);
                held(all, "policies: ns", rival, policies(rival, true), MOST_NS);
                held(all, "programs: instructions", rival, ratios(pairs, Pair::insns), MOST_INSNS);
                held(all, "programs: ns", rival, ratios(timed, Pair::ns), MOST_NS);
                slower(rival, timed).ifPresent(all::add);
            }
        }
        if (!outcomes.isEmpty()) {
            int verdicts = outcomes.stream().mapToInt(Outcome::verdicts).sum();
            int differing = outcomes.stream()
                    .mapToInt(outcome -> outcome.differing().size())
                    .sum();
            all.add(Held.count("samples: differing verdicts of " + verdicts, differing, 0));
        }
        return all;
    }

    private static void held(List<Held> all, String what, String rival, List<Double> ratios, double most) {
        if (!ratios.isEmpty()) {
            all.add(Held.quotient("samples, mean of " + what, rival, NONE, NONE, geometricMean(ratios), most));
        }
    }

    /**
     * Returns the number of slower programs, with the figures of the one with the largest
     * difference.
     */
    private static Optional<Held> slower(String rival, List<Pair> timed) {
        long slower = timed.stream().filter(Pair::slower).count();
        return timed.stream()
                .max(Comparator.comparing(Pair::slower).thenComparingDouble(Pair::lost))
                .map(worst -> Held.count(
                        "samples, slower programs; worst " + worst.sample() + " "
                                + worst.ours().hook().word() + ": ns",
                        rival,
                        Summary.number(Pair.ns(worst.ours())),
                        Summary.number(Pair.ns(worst.theirs())),
                        slower,
                        0));
    }

    /**
     * Returns the chart of instructions and nanoseconds of Ringwall relative to the last rival, by
     * policy.
     */
    public String plot() {
        String rival = rivals.get(rivals.size() - 1);
        Map<String, SortedMap<Integer, Optional<Double>>> insns = new LinkedHashMap<>();
        Map<String, SortedMap<Integer, Optional<Double>>> ns = new LinkedHashMap<>();
        for (Outcome outcome : outcomes) {
            List<Pair> pairs = pairs(outcome, rival);
            List<Pair> timed = pairs.stream().filter(Pair::timed).toList();
            insns.put(outcome.sample(), bar(pairs, Outcome.Figure::insns));
            ns.put(outcome.sample(), bar(timed, Pair::ns));
        }
        return new Chart(
                        "samples",
                        "ringwall to " + rival + ", sums over the programs of a policy",
                        outcomes.stream().map(Outcome::sample).toList(),
                        List.of(new Chart.Panel("instructions, ÷", insns), new Chart.Panel("ns, net, ÷", ns)))
                .svg();
    }

    /** Returns the ratio of the sums, or empty if that of the rival is 0. */
    private static Optional<Double> ratio(List<Pair> pairs, ToDoubleFunction<Outcome.Figure> value) {
        double ours = pairs.stream()
                .mapToDouble(pair -> value.applyAsDouble(pair.ours()))
                .sum();
        double theirs = pairs.stream()
                .mapToDouble(pair -> value.applyAsDouble(pair.theirs()))
                .sum();
        return theirs > 0 ? Optional.of(ours / theirs) : Optional.empty();
    }

    private static SortedMap<Integer, Optional<Double>> bar(List<Pair> pairs, ToDoubleFunction<Outcome.Figure> value) {
        return new TreeMap<>(Map.of(1, ratio(pairs, value).map(ratio -> Math.rint(100 * ratio) / 100)));
    }
}
