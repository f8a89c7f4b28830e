// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.samples.Samples;
import org.ringwall.conformance.state.Caller;
import org.ringwall.sys.Call;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Step;

/**
 * An attack by four senders that try to exceed a rate while the policy is upgraded again and again.
 */
@KernelTest
class RatesThroughUpgradesKernelTest {
    private static final int UPGRADES = 50 / Step.SIZE;
    private static final int SENDERS = 4;
    private static final long MILLISECOND = 1_000_000;
    private static final long BURST = 200;

    private static final String TEXT = """
            policy hurried
            rate each per remote.port 1000/s burst 200 max 16
            rate all 500/s burst 200
            egress {
              deny if remote.port == %d
              allow if remote.port in 1..10 within each else deny
              allow if remote.port == 11 within all else deny
              default allow
            }
            """;

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final List<Caller> senders = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void clean() {
        threads.shutdownNow();
        senders.forEach(Caller::close);
        cgroup.close();
    }

    private static BpfObject version(int number) {
        return Samples.compileWithWarnings("hurried.wall", TEXT.formatted(1000 + number))
                .object();
    }

    private static Caller.Tally sending(Caller sender, long milliseconds, int port) {
        long fd = sender.udp(4);
        byte[] address = Caller.address("127.0.0.1:" + port);
        Caller.Tally tally = sender.during(milliseconds, Call.CONNECT, fd, address, address.length);
        sender.close(fd);
        return tally;
    }

    /**
     * An upper bound on the tokens of a bucket, from the requests that passed and the time to gain
     * tokens.
     */
    private static final class Bound {
        private final long interval;
        private long tokens = BURST;
        private long time;
        private long passed;
        private long excess;

        Bound(long interval, long time) {
            this.interval = interval;
            this.time = time;
        }

        /** Records how many requests have passed since the last round ended. */
        void round(long begin, long end, long more) {
            long room = Math.min(BURST, tokens + (begin - time) / interval + 1) + (end - begin) / interval + 1;
            excess += Math.max(0, more - room);
            tokens = Math.max(0, Math.min(BURST, room - more));
            passed += more;
            time = end;
        }
    }

    @Test
    void noUpgradeRefillsABucket() throws ExecutionException, InterruptedException {
        int cpus = Runtime.getRuntime().availableProcessors();
        for (int i = 0; i < SENDERS; i++) {
            senders.add(Caller.in(cgroup.path()).on(i % Math.min(2, cpus)));
        }
        List<BpfObject> versions = List.of(version(0), version(1));
        try (Enforced force = Enforced.on(cgroup, versions.get(0), Map.of())) {
            Bound key = new Bound(MILLISECOND, force.now());
            Bound all = new Bound(2 * MILLISECOND, force.now());
            int upgrades = 0;
            while (upgrades < UPGRADES) {
                long begin = force.now();
                List<Future<Caller.Tally>> ofKey = List.of(begin(senders.get(0), 5), begin(senders.get(1), 5));
                List<Future<Caller.Tally>> ofAll = List.of(begin(senders.get(2), 11), begin(senders.get(3), 11));
                while (!ofKey.stream().allMatch(Future::isDone)
                        || !ofAll.stream().allMatch(Future::isDone)) {
                    upgrades++;
                    force.upgrade(versions.get(upgrades % 2));
                }
                long end = force.now();
                key.round(begin, end, succeeded(ofKey));
                all.round(begin, end, succeeded(ofAll));
            }
            System.out.println(key.passed + " and " + all.passed + " passed through " + upgrades + " upgrades");
            assertThat(key.excess + all.excess).as("more than B + T/i").isZero();
            assertThat(List.of(key.passed, all.passed)).allMatch(passed -> passed > BURST);
        }
    }

    private Future<Caller.Tally> begin(Caller sender, int port) {
        return threads.submit(() -> sending(sender, 1_000, port));
    }

    private static long succeeded(List<Future<Caller.Tally>> ended) throws ExecutionException, InterruptedException {
        long sum = 0;
        for (Future<Caller.Tally> one : ended) {
            sum += one.get().succeeded();
        }
        return sum;
    }
}
