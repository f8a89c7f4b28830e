// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntPredicate;
import org.ringwall.bench.Owned;
import org.ringwall.bench.verdict.DriverProcess;
import org.ringwall.bpf.kernel.Hook;

/** The processes that make the calls of a case, and their slots. */
final class StateCalls implements AutoCloseable {
    /** A connection, or a record that is read, counts as this many calls. */
    static final int CHEAPER = 10;

    private final StateCase one;
    private final Owned owned = new Owned();
    private final List<DriverProcess> drivers = new ArrayList<>();
    private final Map<StateRunner, Integer> slots = new HashMap<>();
    private final int set;

    StateCalls(StateCase one) {
        this.one = one;
        int processes = one.calls() instanceof StateCase.Connections connections ? connections.processors() : 1;
        for (int i = 0; i < processes; i++) {
            DriverProcess driver = owned.add(new DriverProcess());
            drivers.add(driver);
            if (processes > 1) {
                driver.pin(i % Runtime.getRuntime().availableProcessors());
            }
        }
        this.set = one.calls() instanceof StateCase.Keys keys ? drivers.get(0).keys("keys", keys.keys()) : 0;
    }

    /** Creates sockets in the contestant's cgroup. */
    void enter(StateRunner runner) {
        drivers.forEach(driver -> slots.put(runner, driver.slot(runner.whole().cgroup())));
    }

    private int slot(StateRunner runner) {
        return Objects.requireNonNull(slots.get(runner));
    }

    /** Makes the initial calls of a contestant and checks their results. */
    void check(StateRunner runner) {
        if (one.calls() instanceof StateCase.Keys keys) {
            for (IntPredicate allowed : keys.checks()) {
                check(runner, allowed);
            }
            List<? extends StateCase.Found> expected = keys.found();
            if (!expected.isEmpty()) {
                List<String> found = drivers.get(0).found(slot(runner), set);
                boolean hides = runner.whole().hooks().contains(Hook.GETPEERNAME4);
                int wrong = 0;
                for (int i = 0; i < expected.size(); i++) {
                    wrong += expected.get(i).is(found.get(i), hides) ? 0 : 1;
                }
                runner.fared(expected.size(), expected.size(), wrong);
            }
        }
        if (one.calls() instanceof StateCase.Connections connections) {
            connections.tuned().ifPresent(tuned -> {
                String found = drivers.get(0).tuned(slot(runner));
                runner.fared(1, 1, tuned.is(found, false) ? 0 : 1);
            });
        }
    }

    /** Checks that every call succeeds under the empty program. */
    void checkFloor(StateRunner runner) {
        if (one.calls() instanceof StateCase.Keys) {
            check(runner, index -> true);
            if (runner.wrong() > 0) {
                throw new IllegalStateException(runner.wrong() + " calls fail without any policy");
            }
        }
    }

    private void check(StateRunner runner, IntPredicate allowed) {
        List<Boolean> answers = drivers.get(0).check(slot(runner), set);
        int wrong = 0;
        for (int i = 0; i < answers.size(); i++) {
            wrong += answers.get(i) == allowed.test(i) ? 0 : 1;
        }
        runner.fared(answers.size(), answers.size(), wrong);
    }

    /** Makes `count` calls in each process and returns their total number. */
    long run(StateRunner runner, int count, long seed) {
        if (one.calls() instanceof StateCase.Keys keys) {
            int most = one.atOnce() == 0 ? count : one.atOnce();
            for (int made = 0; made < count; made += most) {
                runner.effect().catchUp();
                int next = Math.min(most, count - made);
                int otherwise = drivers.get(0)
                        .run(slot(runner), set, next, seed + made, keys.keys().size());
                runner.fared(next, 0, otherwise);
            }
            return count;
        }
        List<CompletableFuture<Integer>> begun = drivers.stream()
                .map(driver -> CompletableFuture.supplyAsync(() -> driver.connections(slot(runner), count)))
                .toList();
        long made = begun.stream().mapToLong(CompletableFuture::join).sum();
        long wanted = (long) count * drivers.size();
        runner.fared(made, wanted, wanted - made);
        return made;
    }

    @Override
    public void close() {
        owned.close("processes that make calls");
    }
}
