package org.ringwall.bench.verdict;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bench.field.Refusal;
import org.ringwall.bench.rules.Key;
import org.ringwall.loader.sys.Fd;
import org.ringwall.loader.sys.Syscalls;

/** One program in force that is asked again and again; what it took net of the floor is collected here. */
final class Runner {
    private final String name;
    private final Cell.Costs costs;
    private final DriverProcess driver;
    private InForce.Attached attached;
    private int slot;
    private final List<List<Double>> net = new ArrayList<>();

    Runner(String name, InForce.Attached attached, DriverProcess driver, int ways) {
        this.name = name;
        this.attached = attached;
        this.costs = attached.costs();
        this.driver = driver;
        this.slot = driver.slot(attached.inForce().cgroup());
        for (int way = 0; way < ways; way++) {
            net.add(new ArrayList<>());
        }
    }

    String name() {
        return name;
    }

    /** What it took to come into force at first. */
    Cell.Costs costs() {
        return costs;
    }

    /** Goes on elsewhere, in another cgroup with other sockets, and says what nobody asks any more. */
    InForce move(InForce.Attached elsewhere) {
        InForce left = attached.inForce();
        driver.leave(slot);
        attached = elsewhere;
        slot = driver.slot(elsewhere.inForce().cgroup());
        return left;
    }

    /** What the kernel counts for its program now. */
    ProgramStats stats() {
        Fd program = attached.program();
        return ProgramStats.of(Syscalls.ofThisMachine(), program);
    }

    /** How many keys of a set are not decided as expected. */
    int wrong(int set, List<Key> keys, java.util.function.Predicate<Key> allows) {
        List<Boolean> answers = driver.check(slot, set);
        int wrong = 0;
        for (int i = 0; i < keys.size(); i++) {
            wrong += answers.get(i) == allows.test(keys.get(i)) ? 0 : 1;
        }
        return wrong;
    }

    /** Nanoseconds in the program per run, over this many calls; each must fare as at the check. */
    double nanoseconds(Way way, int calls, long seed) throws Refusal {
        ProgramStats before = stats();
        int otherwise = driver.run(slot, way.set(), calls, seed, way.span());
        ProgramStats after = stats();
        long runs = after.runs() - before.runs();
        if (otherwise != 0 || runs < calls) {
            throw new Refusal(
                    "not steady",
                    "of " + calls + " calls the program ran in " + runs + " and " + otherwise
                            + " fared otherwise than before");
        }
        return (double) (after.runTimeNs() - before.runTimeNs()) / runs;
    }

    /** Keeps what one round took. */
    void took(int way, double nanoseconds) {
        net.get(way).add(nanoseconds);
    }

    /** What was kept. */
    List<Double> taken(int way) {
        return net.get(way);
    }

    /** A way of drawing keys: one of the first `span` of a set for each call. */
    record Way(int set, int span) {}
}
