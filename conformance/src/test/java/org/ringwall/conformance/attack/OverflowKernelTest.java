// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.bpf.state.KeyLayout;
import org.ringwall.bpf.state.RateLayout;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.state.Caller;
import org.ringwall.testkit.KernelTest;

/**
 * An attack with the largest 64-bit numbers in a policy's maps: no sum that wraps turns a denial
 * into success.
 */
@KernelTest
class OverflowKernelTest {
    /** 2^64 - 1. */
    private static final long LARGEST = -1;

    private static final int BURST = 5;
    private static final long INTERVAL = TimeUnit.HOURS.toNanos(1);
    private static final KeyLayout.Part PORT = new KeyLayout.Part("remote.port", KeyLayout.Kind.NUMBER);
    private static final RateLayout EACH =
            new RateLayout("each", new KeyLayout(StateNames.rate("each"), List.of(PORT)), INTERVAL, BURST, 1);

    private static final String KEYED = """
            policy overflow
            rate each per remote.port 1/h burst 5 max 1
            egress {
              allow if remote.port in 1..1000 within each else deny
              default allow
            }
            """;

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final Caller caller = Caller.in(cgroup.path());

    @AfterEach
    void clean() {
        caller.close();
        cgroup.close();
    }

    private long passed(long times, int port) {
        Caller.Tally tally = Attacked.connects(caller, times, "127.0.0.1:" + port);
        assertThat(tally.succeeded() + tally.denied()).isEqualTo(times);
        return tally.succeeded();
    }

    private static byte[] index(int element) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(element)
                .array();
    }

    /** Sets the time at which the bucket in a way of a set is full again. */
    private static void full(Enforced force, int set, int way, long time) {
        int at =
                EACH.set().offset("ways") + way * EACH.way().size() + EACH.way().offset("full");
        force.change(StateNames.rate("each"), index(set), EACH.set().size(), value -> value.putLong(at, time));
    }

    private static void time(Enforced force, int set, long time) {
        int at = EACH.set().offset("time");
        force.change(StateNames.rate("each"), index(set), EACH.set().size(), value -> value.putLong(at, time));
    }

    /**
     * The sum of each and the interval overflows 64 bits, is the largest 64-bit number, or is
     * negative as a signed number.
     */
    @ParameterizedTest
    @ValueSource(longs = {LARGEST, -3_600_000_000_000L, -3_599_999_999_999L, Long.MIN_VALUE, Long.MAX_VALUE})
    void aBucketWithTheLargestDebtHasNoTokens(long owed) {
        String one = """
                policy overflow
                rate calls 1/h burst 5
                egress {
                  allow if remote.port == 5 within calls else deny
                  default allow
                }
                """;
        int full = RateLayout.BUCKET.offset("full");
        try (Enforced force = Attacked.under(cgroup, one)) {
            force.change(
                    StateNames.rate("calls"), index(0), RateLayout.BUCKET.size(), value -> value.putLong(full, owed));
            assertThat(passed(10, 5)).isZero();
            force.change(StateNames.rate("calls"), index(0), RateLayout.BUCKET.size(), value -> value.putLong(full, 0));
            assertThat(passed(10, 5)).isEqualTo(BURST);
        }
        try (Enforced force = Attacked.under(cgroup, KEYED)) {
            assertThat(passed(1, 5)).isEqualTo(1);
            full(force, 0, 0, owed);
            assertThat(passed(10, 5)).as("a bucket of a key").isZero();
            for (int way = 1; way < RateLayout.WAYS; way++) {
                full(force, 0, way, owed);
            }
            full(force, EACH.shared(), 0, owed);
            assertThat(passed(10, 6)).as("the shared bucket").isZero();
            full(force, EACH.shared(), 0, 0);
            assertThat(passed(10, 6)).isEqualTo(BURST);
        }
    }

    /**
     * A program takes the set's time if it is later than the clock; this one is 292 years after
     * boot.
     */
    @Test
    void aClockNearLongMaxValueRefillsNoBucket() {
        try (Enforced force = Attacked.under(cgroup, KEYED)) {
            for (long time : List.of(Long.MAX_VALUE - EACH.depth(), Long.MAX_VALUE - 1)) {
                time(force, 0, time);
                time(force, EACH.shared(), time);
                for (int port = 1; port <= RateLayout.WAYS; port++) {
                    full(force, 0, port - 1, 0);
                }
                full(force, EACH.shared(), 0, 0);
                for (int port = 1; port <= RateLayout.WAYS + 1; port++) {
                    assertThat(passed(20, port)).as("port %d at %d", port, time).isEqualTo(BURST);
                }
                assertThat(passed(20, 1) + passed(20, RateLayout.WAYS + 2)).isZero();
            }
        }
    }

    /** A year, the deepest bucket that the compiler accepts. */
    @Test
    void theLargestBurstIsExact() {
        int most = Math.toIntExact(RateLayout.MOST_NS / INTERVAL);
        try (Enforced force = Attacked.under(cgroup, KEYED.replace("burst 5", "burst " + most))) {
            assertThat(passed(most + 100L, 5)).isEqualTo(most);
            time(force, 0, Long.MAX_VALUE - 1);
            assertThat(passed(most + 100L, 6)).isEqualTo(most);
            assertThat(passed(100, 6)).isZero();
        }
    }

    @Test
    void aCounterWrapsWithoutAffectingVerdicts() {
        String counting = """
                policy overflow
                counter tries { tries: attempts }
                counter ports [remote.port] { tries: attempts } max 4
                egress {
                  deny if remote.port == 9 { count tries; count ports }
                  default allow { count tries; count ports }
                }
                """;
        try (Enforced force = Attacked.under(cgroup, counting)) {
            assertThat(passed(1, 9) + passed(1, 10)).isEqualTo(1);
            int size = force.perCpu(Long.BYTES);
            force.change(StateNames.counter("tries"), index(0), size, OverflowKernelTest::largest);
            force.change(StateNames.counter("ports"), index(9), size, OverflowKernelTest::largest);
            assertThat(passed(20, 9)).isZero();
            assertThat(passed(20, 10)).isEqualTo(20);
            long cpus = size / Long.BYTES;
            assertThat(count(force, "tries", Map.of())).isEqualTo(40 - cpus);
            assertThat(count(force, "ports", Map.of("remote.port", 9L))).isEqualTo(20 - cpus);
        }
    }

    private static void largest(ByteBuffer counts) {
        while (counts.hasRemaining()) {
            counts.putLong(LARGEST);
        }
    }

    /** Returns the 64 bits of a count. */
    private static long count(Enforced force, String counter, Map<String, Object> key) {
        return force.counts(counter).stream()
                .filter(row -> row.key().toString().equals(key.toString()))
                .map(row -> row.values().getOrDefault("tries", BigInteger.ZERO))
                .findFirst()
                .orElseThrow()
                .longValue();
    }

    @Test
    void aLogLimitWithTheLargestDebtSuppressesRecordsButNotDenials() {
        String logging = """
                policy overflow
                egress {
                  deny if remote.port == 9 { log at most 100/s }
                  default allow
                }
                """;
        int full = EventLayout.LIMIT.offset("full");
        try (Enforced force = Attacked.under(cgroup, logging)) {
            force.change(
                    StateNames.LOG_LIMITS, index(0), EventLayout.LIMIT.size(), value -> value.putLong(full, LARGEST));
            assertThat(passed(20, 9)).isZero();
            assertThat(force.records()).isEmpty();
            force.change(StateNames.LOG_LIMITS, index(0), EventLayout.LIMIT.size(), value -> value.putLong(full, 0));
            assertThat(passed(3, 9)).isZero();
            assertThat(force.records()).hasSize(3);
        }
    }
}
