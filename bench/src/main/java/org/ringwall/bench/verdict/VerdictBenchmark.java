// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.field.Contestant;
import org.ringwall.bench.field.Image;
import org.ringwall.bench.field.Lineup;
import org.ringwall.bench.field.PlainProgram;
import org.ringwall.bench.field.Refusal;
import org.ringwall.bench.field.Workload;
import org.ringwall.bench.field.Workshop;
import org.ringwall.bench.report.Summary;
import org.ringwall.bench.rules.Key;
import org.ringwall.bench.rules.RuleList;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Syscalls;

/**
 * A benchmark of the time that the kernel spends in a program that decides by a list of rules,
 * above that of a program without rules, with all contestants in turn. Needs root, a cgroup2 mount
 * and a bpffs.
 */
public final class VerdictBenchmark implements AutoCloseable {
    private static final int HITS = 0;
    private static final int MISSES = 1;
    private static final int HOT = 2;
    private static final int HOT_KEYS = 4;
    private static final int MANY_RULES = 1_000;
    private static final long SEED = 0x72696e67;

    /**
     * Images that come into force faster than this are put in force again, and the last time
     * counts, because the first one includes class loading.
     */
    static final double LONG_MS = 500;

    private static final int ATTACHES = 3;

    private static final String FLOOR = "floor";

    private final Effort effort;
    private final Lineup lineup;
    private final Workshop shop;
    private final DriverProcess driver;
    private final Fd counting;
    private final Placed placed = new Placed();
    private final GivenUp givenUp = new GivenUp();
    private final AtExit end;

    public VerdictBenchmark(Checkout checkout, Effort effort, Lineup lineup) {
        this.effort = effort;
        this.lineup = lineup;
        this.shop = new Workshop(checkout, effort.patience());
        this.driver = new DriverProcess();
        this.counting = ProgramStats.counting(Syscalls.ofThisMachine());
        this.end = new AtExit(this::end);
    }

    /**
     * Measures a workload at one size and returns a cell for each contestant. A rival that failed
     * at a smaller size is not tried.
     */
    public List<Cell> run(Workload workload, int size) {
        RuleList rules = workload.rules(size);
        try {
            List<Cell> cells = new Comparison(workload, rules).cells();
            cells.forEach(givenUp::keep);
            return cells;
        } finally {
            clear();
        }
    }

    private void clear() {
        driver.reset();
        placed.clear();
    }

    private void end() {
        counting.close();
        driver.close();
        placed.clear();
        shop.close();
    }

    /** Removes everything. An interrupt of the process does the same. */
    @Override
    public void close() {
        end.close();
    }

    /** One list of rules and its contestants. */
    private final class Comparison {
        private final Workload workload;
        private final RuleList rules;
        private final List<List<Key>> keys;
        private final List<Runner.Way> ways;
        private final Map<String, Cell.Outcome> outcomes = new LinkedHashMap<>();
        private final Map<String, Image> images = new LinkedHashMap<>();
        private final Map<String, Integer> wrong = new LinkedHashMap<>();
        private final Map<String, Integer> verdicts = new LinkedHashMap<>();

        Comparison(Workload workload, RuleList rules) {
            this.workload = workload;
            this.rules = rules;
            int count = effort.keys() * (rules.size() > MANY_RULES ? 4 : 1);
            SplittableRandom random = new SplittableRandom(SEED);
            this.keys = List.of(rules.keys(true, count, random), rules.keys(false, count, random));
            int hits = driver.keys("hits", keys.get(HITS));
            int misses = driver.keys("misses", keys.get(MISSES));
            this.ways =
                    List.of(new Runner.Way(hits, count), new Runner.Way(misses, count), new Runner.Way(hits, HOT_KEYS));
        }

        List<Cell> cells() {
            List<Runner> taking = new ArrayList<>();
            Runner floor = floor();
            for (Contestant contestant : lineup.contestants(workload)) {
                Optional<Cell.Failed> before =
                        contestant.ours() ? Optional.empty() : givenUp.with(workload, rules.size(), contestant.title());
                if (before.isPresent()) {
                    outcomes.put(contestant.title(), before.get());
                    continue;
                }
                try {
                    taking.add(enter(contestant));
                } catch (Refusal e) {
                    outcomes.put(contestant.title(), new Cell.Failed(e.stage(), e.why()));
                }
            }
            List<Runner> left = new ArrayList<>(taking);
            rounds(floor, left);
            left.forEach(runner -> outcomes.put(runner.name(), measured(runner)));
            return lineup.contestants(workload).stream()
                    .map(contestant -> new Cell(
                            workload,
                            rules.size(),
                            contestant.title(),
                            outcomes.getOrDefault(contestant.title(), new Cell.Failed("lost", "no outcome"))))
                    .toList();
        }

        private Runner floor() {
            Image image = Image.of(PlainProgram.floor(rules.hook()));
            try {
                Runner floor = start(FLOOR, placed.put(image, rules.hook()));
                images.put(FLOOR, image);
                int failing = check(floor, key -> true);
                if (failing > 0) {
                    throw new IllegalStateException(failing + " calls fail without any rule");
                }
                return floor;
            } catch (Refusal e) {
                throw new IllegalStateException(
                        "the kernel takes no program at " + rules.hook().word(), e);
            }
        }

        private Runner enter(Contestant contestant) throws Refusal {
            Image image = contestant.make(rules, shop);
            InForce.Attached attached = placed.put(image, rules.hook());
            int attaches = Math.min(ATTACHES, effort.rounds());
            for (int i = 1; i < attaches && attached.costs().readyMs() < LONG_MS; i++) {
                placed.remove(attached.inForce());
                attached = placed.put(image, rules.hook());
            }
            images.put(contestant.title(), image);
            Runner runner = start(contestant.title(), attached);
            wrong.put(contestant.title(), check(runner, rules::allows));
            return runner;
        }

        private Runner start(String name, InForce.Attached attached) {
            return new Runner(name, attached, driver, ways.size());
        }

        private int check(Runner runner, java.util.function.Predicate<Key> allows) {
            return runner.wrong(ways.get(HITS).set(), keys.get(HITS), allows)
                    + runner.wrong(ways.get(MISSES).set(), keys.get(MISSES), allows);
        }

        /** Measures all rounds. A contestant with unsteady results is removed. */
        private void rounds(Runner floor, List<Runner> left) {
            int each = effort.roundsInEachPlace();
            for (int place = 0; place < effort.places(); place++) {
                if (place > 0) {
                    move(floor, key -> true);
                    left.forEach(runner -> move(runner, rules::allows));
                    left.removeIf(runner -> outcomes.containsKey(runner.name()));
                }
                // The first round of a placement is a warm-up and does not count.
                round(floor, left, SEED - place, false);
                for (int round = 0; round < each; round++) {
                    round(floor, left, SEED + place * each + round, true);
                }
            }
        }

        /** Puts the program in force anew in another cgroup, unless that takes long. */
        private void move(Runner runner, java.util.function.Predicate<Key> allows) {
            if (runner.costs().readyMs() >= LONG_MS) {
                return;
            }
            try {
                InForce.Attached elsewhere = placed.put(image(runner), rules.hook());
                placed.remove(runner.move(elsewhere));
                wrong.merge(runner.name(), check(runner, allows), Integer::sum);
                verdicts.merge(
                        runner.name(), keys.get(HITS).size() + keys.get(MISSES).size(), Integer::sum);
            } catch (Refusal e) {
                outcomes.put(runner.name(), new Cell.Failed(e.stage(), e.why()));
            }
        }

        private Image image(Runner runner) {
            return Optional.ofNullable(images.get(runner.name())).orElseThrow();
        }

        private void round(Runner floor, List<Runner> left, long seed, boolean counts) {
            for (int way = 0; way < ways.size(); way++) {
                double base = floor(floor, way, seed);
                for (int i = 0; i < left.size(); i++) {
                    Runner runner = left.get((int) Math.floorMod(i + seed, (long) left.size()));
                    try {
                        double gross = runner.nanoseconds(ways.get(way), effort.calls(), seed);
                        if (counts) {
                            runner.took(way, gross - base);
                        }
                    } catch (Refusal e) {
                        outcomes.put(runner.name(), new Cell.Failed(e.stage(), e.why()));
                    }
                }
                left.removeIf(runner -> outcomes.containsKey(runner.name()));
            }
        }

        private double floor(Runner floor, int way, long seed) {
            try {
                return floor.nanoseconds(ways.get(way), effort.calls(), seed);
            } catch (Refusal e) {
                throw new IllegalStateException(e);
            }
        }

        private Cell.Measured measured(Runner runner) {
            return new Cell.Measured(
                    Summary.of(runner.taken(HITS)),
                    Summary.of(runner.taken(MISSES)),
                    Summary.of(runner.taken(HOT)),
                    runner.stats(),
                    runner.costs(),
                    image(runner).compileMs(),
                    keys.get(HITS).size() + keys.get(MISSES).size() + verdicts.getOrDefault(runner.name(), 0),
                    wrong.getOrDefault(runner.name(), 0));
        }
    }
}
