package org.ringwall.bench.verdict;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Summary;
import org.ringwall.bench.field.Image;
import org.ringwall.bench.field.PlainProgram;
import org.ringwall.bench.field.Refusal;
import org.ringwall.bench.rules.Address;
import org.ringwall.bench.rules.Key;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.sys.Fd;
import org.ringwall.loader.sys.Syscalls;

/** What single programs at connect4 cost, in turn, with keys drawn anew for each call or with one key again and again. */
public final class Prices {
    private static final long SEED = 0x72696e67;

    private final Effort effort;
    private final Placed placed = new Placed();
    private final Map<String, Runner> runners = new LinkedHashMap<>();
    private final Map<String, String> refused = new LinkedHashMap<>();

    private Prices(Effort effort) {
        this.effort = effort;
    }

    /**
     * What was measured.
     *
     * @param random nanoseconds of each program, round by round, with keys drawn anew
     * @param hot the same with one key
     * @param refused why some could not be loaded
     */
    public record Measured(
            Map<String, List<Double>> random, Map<String, List<Double>> hot, Map<String, String> refused) {
        /** What `program` costs more than `base`, divided by `parts`. */
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

    /** Runs all programs, which let everything through. */
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
        SplittableRandom random = new SplittableRandom(SEED);
        List<Key> keys = new ArrayList<>();
        for (int i = 0; i < effort.keys(); i++) {
            keys.add(new Key.Connect(false, Address.anyV4(random), random.nextInt(1, 1 << 16)));
        }
        int set = driver.keys("keys", keys);
        programs.forEach((name, program) -> {
            try {
                InForce.Attached attached = placed.put(Image.of(program), Hook.CONNECT4);
                Runner runner = new Runner(name, attached, driver, 2);
                runners.put(name, runner);
                if (runner.wrong(set, keys, key -> true) > 0) {
                    throw new IllegalStateException(name + " denies");
                }
            } catch (Refusal e) {
                refused.put(name, e.stage() + ": " + e.why());
            }
        });
        rounds(List.of(new Runner.Way(set, keys.size()), new Runner.Way(set, 1)));
        return new Measured(taken(0), taken(1), refused);
    }

    private void rounds(List<Runner.Way> ways) {
        for (int round = -1; round < effort.rounds(); round++) {
            for (int way = 0; way < ways.size(); way++) {
                for (Runner runner : runners.values()) {
                    try {
                        double took = runner.nanoseconds(ways.get(way), effort.calls(), SEED + round);
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
