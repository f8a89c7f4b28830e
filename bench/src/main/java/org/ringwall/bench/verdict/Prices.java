// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.ringwall.bench.Effort;
import org.ringwall.bench.field.Image;
import org.ringwall.bench.field.PlainProgram;
import org.ringwall.bench.field.Refusal;
import org.ringwall.bench.report.Summary;
import org.ringwall.bench.rules.Address;
import org.ringwall.bench.rules.Key;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Syscalls;

/**
 * The cost of single programs, measured in turn, with keys chosen at random for each call or with
 * one key repeatedly.
 */
public final class Prices {
    private static final long SEED = 0x72696e67;

    /**
     * A sysctl relative to /proc/sys. Each network namespace has its own, and in the driver's
     * namespace nothing depends on it.
     */
    private static final String WRITTEN = "net/ipv4/ip_no_pmtu_disc";

    private final Effort effort;
    private final Placed placed = new Placed();
    private final Map<String, Runner> runners = new LinkedHashMap<>();
    private final Map<String, KeySet> sets = new HashMap<>();
    private final Map<String, String> refused = new LinkedHashMap<>();

    private Prices(Effort effort) {
        this.effort = effort;
    }

    /** A set of keys, with its number in the driver. */
    private record KeySet(int number, List<Key> keys) {}

    /**
     * The measurements.
     *
     * @param random nanoseconds of each program by round, with random keys
     * @param hot nanoseconds of each program by round, with one key
     * @param refused the reasons for which programs could not be loaded
     */
    public record Measured(
            Map<String, List<Double>> random, Map<String, List<Double>> hot, Map<String, String> refused) {
        /** Returns the cost of `program` above that of `base`, divided by `parts`. */
        public Summary difference(String program, String base, boolean hotKeys, int parts) {
            Map<String, List<Double>> from = hotKeys ? hot : random;
            List<Double> more = from.getOrDefault(program, List.of());
            List<Double> less = from.getOrDefault(base, List.of());
            List<Double> net = new ArrayList<>();
            for (int round = 0; round < more.size(); round++) {
                net.add((more.get(round) - less.get(round)) / parts);
            }
            return Summary.of(net);
        }
    }

    /** Measures programs, which must allow everything. */
    public static Measured measure(Effort effort, Map<String, PlainProgram> programs) {
        Prices prices = new Prices(effort);
        DriverProcess driver = new DriverProcess();
        Fd counting = ProgramStats.counting(Syscalls.ofThisMachine());
        AtExit end = new AtExit(() -> {
            counting.close();
            driver.close();
            prices.placed.clear();
        });
        try {
            return prices.measure(driver, programs);
        } finally {
            end.close();
        }
    }

    private Measured measure(DriverProcess driver, Map<String, PlainProgram> programs) {
        KeySet connects = set(driver, "connects", connects());
        KeySet writes = set(driver, "writes", List.of(new Key.Write(WRITTEN, "0")));
        programs.forEach((name, program) -> {
            try {
                KeySet set = program.hook() == Hook.SYSCTL ? writes : connects;
                InForce.Attached attached = placed.put(Image.of(program), program.hook());
                Runner runner = new Runner(name, attached, driver, 2);
                runners.put(name, runner);
                sets.put(name, set);
                if (runner.wrong(set.number(), set.keys(), key -> true) > 0) {
                    throw new IllegalStateException(name + " denies");
                }
            } catch (Refusal e) {
                refused.put(name, e.stage() + ": " + e.why());
            }
        });
        rounds();
        return new Measured(taken(0), taken(1), refused);
    }

    private static KeySet set(DriverProcess driver, String name, List<Key> keys) {
        return new KeySet(driver.keys(name, keys), keys);
    }

    private List<Key> connects() {
        SplittableRandom random = new SplittableRandom(SEED);
        List<Key> keys = new ArrayList<>();
        for (int i = 0; i < effort.keys(); i++) {
            keys.add(new Key.Connect(false, Address.anyV4(random), random.nextInt(1, 1 << 16)));
        }
        return keys;
    }

    private void rounds() {
        for (int round = -1; round < effort.rounds(); round++) {
            for (int way = 0; way < 2; way++) {
                for (Runner runner : runners.values()) {
                    try {
                        KeySet set = Objects.requireNonNull(sets.get(runner.name()));
                        Runner.Way keys = new Runner.Way(
                                set.number(), way == 0 ? set.keys().size() : 1);
                        double took = runner.nanoseconds(keys, effort.calls(), SEED + round);
                        if (round >= 0) {
                            runner.took(way, took);
                        }
                    } catch (Refusal e) {
                        throw new IllegalStateException(runner.name(), e);
                    }
                }
            }
        }
    }

    private Map<String, List<Double>> taken(int way) {
        Map<String, List<Double>> taken = new LinkedHashMap<>();
        runners.forEach((name, runner) -> taken.put(name, runner.taken(way)));
        return taken;
    }
}
