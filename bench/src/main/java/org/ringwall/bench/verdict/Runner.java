// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bench.field.Refusal;
import org.ringwall.bench.rules.Key;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Syscalls;

/** One program in force that is measured repeatedly, and the times of its rounds. */
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

    /** Returns the cost of coming into force for the first time. */
    Cell.Costs costs() {
        return costs;
    }

    /**
     * Continues in another cgroup with other sockets, and returns the previous instance, which is
     * no longer used.
     */
    InForce move(InForce.Attached elsewhere) {
        InForce left = attached.inForce();
        driver.leave(slot);
        attached = elsewhere;
        slot = driver.slot(elsewhere.inForce().cgroup());
        return left;
    }

    /** Returns the kernel's current statistics of its program. */
    ProgramStats stats() {
        Fd program = attached.program();
        return ProgramStats.of(Syscalls.ofThisMachine(), program);
    }

    /** Returns how many keys of a set have an unexpected verdict. */
    int wrong(int set, List<Key> keys, java.util.function.Predicate<Key> allows) {
        List<Boolean> answers = driver.check(slot, set);
        int wrong = 0;
        for (int i = 0; i < keys.size(); i++) {
            wrong += answers.get(i) == allows.test(keys.get(i)) ? 0 : 1;
        }
        return wrong;
    }

    /**
     * Returns the nanoseconds in the program per run, over `calls` calls.
     *
     * @throws Refusal if a call has another result than in the check, or the program did not run in
     * every call
     */
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

    /** Stores the time of one round. */
    void took(int way, double nanoseconds) {
        net.get(way).add(nanoseconds);
    }

    /** Returns the stored times. */
    List<Double> taken(int way) {
        return net.get(way);
    }

    /** A key distribution: each call uses one of the first `span` keys of a set. */
    record Way(int set, int span) {}
}
