// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.state.RateLayout;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.sys.Call;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Step;

/** A test that two processes together take exactly as many tokens as there are. */
@KernelTest
class RatesKernelTest {
    private static final int RUNS = Integer.getInteger("ringwall.state.runs", 10);
    private static final long MILLISECOND = 1_000_000;
    private static final long INTERVAL = 10 * MILLISECOND;
    private static final long BURST = 200;
    private static final long MILLISECONDS = 1_500;

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final Two two = new Two(cgroup);

    @AfterEach
    void clean() {
        two.close();
        cgroup.close();
    }

    @Test
    void passedRequestsMatchTheRefilledTokens() {
        String text = """
                policy slowed
                rate calls 100/s burst 200
                egress {
                  allow if remote.port == 5 within calls
                  default deny
                }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            long before = force.bootTime();
            long passed = drain();
            // From here on tokens are taken as soon as they are gained, so none is lost to a full
            // bucket.
            long begun = force.bootTime();
            passed += two.both(RatesKernelTest::lasting).succeeded();
            long ended = force.bootTime();
            passed += drain();
            long after = force.bootTime();
            assertThat(passed)
                    .isBetween(BURST + (ended - begun) / INTERVAL - 2, BURST + (after - before) / INTERVAL + 1);
            assertThat(force.tokens("calls").get("[]")).isLessThanOrEqualTo((force.bootTime() - ended) / INTERVAL + 1);
        }
    }

    /** Takes all tokens. */
    private long drain() {
        return CountersKernelTest.connects(two.first(), 2 * BURST, "127.0.0.1:5")
                .succeeded();
    }

    private static Caller.Tally lasting(Caller caller) {
        long fd = caller.udp(4);
        byte[] address = Caller.address("127.0.0.1:5");
        return caller.during(MILLISECONDS, Call.CONNECT, fd, address, address.length);
    }

    private static final String EACH = """
            policy slowed
            rate each per remote.port %s
            egress {
              allow if remote.port in 1..1000 within each else deny
              default allow
            }
            """;

    @Test
    void burstsAreExactPerKeyAndExcessKeysShareABucket() {
        try (InForce force = InForce.on(cgroup, EACH.formatted("1/h burst 1000 max 3"))) {
            for (int port = 1; port <= RateLayout.WAYS; port++) {
                String to = "127.0.0.1:" + port;
                assertThat(two.both(caller -> CountersKernelTest.connects(caller, 3000, to)))
                        .isEqualTo(new Caller.Tally(6000, 1000, 5000));
            }
            assertThat(force.shared("each")).isZero();
            assertThat(two.both(caller -> CountersKernelTest.connects(caller, 1000, "127.0.0.1:9"))
                            .succeeded())
                    .as("a key without a bucket of its own")
                    .isEqualTo(1000);
            assertThat(CountersKernelTest.connects(two.first(), 100, "127.0.0.1:10"))
                    .as("another one shares that bucket")
                    .isEqualTo(new Caller.Tally(100, 0, 100));
            assertThat(force.shared("each")).isEqualTo(2100);
            assertThat(force.tokens("each"))
                    .hasSize(RateLayout.WAYS)
                    .allSatisfy((key, tokens) -> assertThat(tokens).isZero());
            assertThat(CountersKernelTest.connects(two.first(), 10, "127.0.0.1:2000")
                            .succeeded())
                    .as("a request that no rule with the rate matches needs no token")
                    .isEqualTo(10);
        }
    }

    @Test
    void refilledBucketsAreReusedForNewKeys() throws InterruptedException {
        try (InForce force = InForce.on(cgroup, EACH.formatted("2/s burst 2 max 3"))) {
            for (int port = 1; port <= 100; port++) {
                CountersKernelTest.connects(two.first(), 2, "127.0.0.1:" + port);
            }
            assertThat(force.shared("each")).isPositive();
            Thread.sleep(1250);
            for (int port = 501; port <= 500 + RateLayout.WAYS; port++) {
                assertThat(CountersKernelTest.connects(two.first(), 2, "127.0.0.1:" + port)
                                .succeeded())
                        .as("a newcomer has all its tokens")
                        .isEqualTo(2);
            }
        }
    }

    /** Runs the same in four processes on two CPUs; returns when all have ended. */
    private List<Caller.Turns> four(Function<Caller, Caller.Turns> operation) {
        try (Two more = new Two(cgroup)) {
            List<Future<Caller.Turns>> begun = new ArrayList<>(two.begin(operation));
            begun.addAll(more.begin(operation));
            return begun.stream().map(Two::get).toList();
        }
    }

    /**
     * Each caller alternates between one key and a thousand others, so that many keys compete for
     * every bucket.
     */
    @Test
    void keyChurnNeitherRefillsNorDrainsABucket() {
        long burst = 500;
        try (InForce force = InForce.on(cgroup, EACH.formatted("1000/s burst 500 max 16"))) {
            for (int run = 1; run <= RUNS; run++) {
                String to = "127.0.0.1:" + run;
                long before = force.bootTime();
                // An empty bucket is not full again before the run ends, so it remains assigned to
                // this key.
                long passed =
                        CountersKernelTest.connects(two.first(), burst, to).succeeded();
                assertThat(passed).isEqualTo(burst);
                long begun = force.bootTime();
                passed += four(caller -> caller.turns(400, to, 1 + RUNS, 1000)).stream()
                        .mapToLong(turns -> turns.own().succeeded())
                        .sum();
                long gained = (force.bootTime() - before) / MILLISECOND;
                long least = Math.min(400, (force.bootTime() - begun) / MILLISECOND) / 2;
                assertThat(passed).as("run %d", run).isBetween(burst + least, burst + gained + 1);
            }
            assertThat(force.shared("each")).isPositive();
        }
    }

    @Test
    void keysWithoutRoomTogetherPassAtMostOneBucket() {
        try (InForce force = InForce.on(cgroup, EACH.formatted("10/s burst 400 max 4"))) {
            for (int port = 1; port <= RateLayout.WAYS; port++) {
                assertThat(CountersKernelTest.connects(two.first(), 400, "127.0.0.1:" + port)
                                .succeeded())
                        .isEqualTo(400);
            }
            long before = force.bootTime();
            List<Caller.Turns> turns = four(caller -> caller.turns(800, "127.0.0.1:9", 10, 1000));
            long gained = (force.bootTime() - before) / (100 * MILLISECOND);
            long passed = turns.stream()
                    .mapToLong(each -> each.own().succeeded() + each.others().succeeded())
                    .sum();
            assertThat(passed).isBetween(400L, 400 + gained + 1);
            assertThat(force.shared("each"))
                    .isEqualTo(turns.stream()
                            .mapToLong(each -> each.own().made() + each.others().made())
                            .sum());
        }
    }

    @Test
    void bucketsOfRemovedCgroupsAreReused() throws InterruptedException {
        String text = """
                policy slowed
                rate each per cgroup 100/s burst 2 max 16
                egress {
                  allow if remote.port == 5 within each else deny
                  default deny
                }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            for (int dead = 0; dead < 64; dead++) {
                assertThat(inChild(2).succeeded()).isGreaterThanOrEqualTo(dead < 16 ? 1 : 0);
            }
            Thread.sleep(50);
            for (int fresh = 0; fresh < 20; fresh++) {
                assertThat(inChild(2).succeeded()).as("newcomer %d", fresh).isEqualTo(2);
            }
            assertThat(force.tokens("each")).isNotEmpty();
        }
    }

    /** Makes calls from a new cgroup, which is then removed. */
    private Caller.Tally inChild(int times) {
        try (ChildCgroup child = cgroup.child();
                Caller caller = Caller.in(child.path())) {
            return CountersKernelTest.connects(caller, times, "127.0.0.1:5");
        }
    }

    @Test
    void bucketsOfIdleSourceAddressesAreReused() throws InterruptedException {
        int keys = 1_024 / Step.SIZE;
        String text = """
                policy slowed
                rate each per remote.ip 100/s burst 10 max %d
                packets ingress {
                  allow if proto == udp within each else deny
                  default allow
                }
                """.formatted(keys);
        try (InForce force = InForce.on(cgroup, text)) {
            Caller server = two.first();
            long socket = server.udp(4);
            server.bind(socket, "127.0.0.1:0");
            String to = "127.0.0.1:" + server.port(socket);
            for (int i = 0; i < keys + 76; i++) {
                send(server, "127.1." + i / 200 + "." + (1 + i % 200), to);
            }
            Thread.sleep(200);
            while (!server.receive(socket).startsWith("-")) {
                // Reads what has arrived, so that there is room for more.
            }
            for (int i = 1; i <= 50; i++) {
                send(server, "127.2.0." + i, to);
                assertThat(received(server, socket)).as("newcomer %d", i).startsWith("ping from 127.2.0." + i + ":");
            }
            assertThat(force.tokens("each")).isNotEmpty();
        }
    }

    private static void send(Caller caller, String from, String to) {
        long socket = caller.udp(4);
        assertThat(caller.bind(socket, from + ":0")).isZero();
        assertThat(caller.send(socket, "ping", to)).isEqualTo(4);
        caller.close(socket);
    }

    /** Returns the next datagram. */
    private static String received(Caller server, long socket) throws InterruptedException {
        String text = server.receive(socket);
        Guard.Moment end = Guard.fromNow();
        while (text.startsWith("-") && !end.reached()) {
            Thread.sleep(10);
            text = server.receive(socket);
        }
        return text;
    }

    /**
     * A workload that creates cgroups gets a bucket for each of them, but an ancestor that it
     * cannot leave remains one key.
     */
    @Test
    void anAncestorIsOneKeyForAllCgroupsBelow() {
        String text = """
                policy slowed
                rate each per %s 1/h burst 3
                egress {
                  allow if remote.port == 5 within each else deny
                  default deny
                }
                """;
        try (InForce force = InForce.on(cgroup, text.formatted("cgroup"))) {
            assertThat(inChild(10).succeeded() + inChild(10).succeeded()).isEqualTo(6);
            assertThat(force.tokens("each")).hasSize(2);
        }
        try (InForce force = InForce.on(cgroup, text.formatted("ancestor(" + cgroup.level() + ")"))) {
            assertThat(inChild(10).succeeded() + inChild(10).succeeded()).isEqualTo(3);
            assertThat(force.tokens("each")).hasSize(1);
        }
    }

    @Test
    void aConnectedDatagramSocketTakesATokenOnce() {
        try (InForce force = InForce.on(cgroup, EACH.formatted("1/h burst 3 max 4"))) {
            Caller caller = two.first();
            long server = caller.udp(4);
            long client = caller.udp(4);
            caller.bind(server, "127.0.0.1:1000");
            assertThat(caller.connect(client, "127.0.0.1:1000")).isZero();
            for (int i = 0; i < 10; i++) {
                assertThat(caller.send(client, "ping")).isEqualTo(4);
            }
            assertThat(force.tokens("each")).containsExactly(Map.entry("[1000]", 2L));
            for (int i = 0; i < 3; i++) {
                caller.send(client, "ping", "127.0.0.1:1000");
            }
            assertThat(caller.send(client, "ping", "127.0.0.1:1000"))
                    .as("a datagram with an address is a request")
                    .isEqualTo(-1);
        }
    }

    @Test
    void monitoredRulesTakeNoTokens() {
        String text = """
                policy slowed
                rate mine 1/h burst 5
                rate next 1/h burst 7
                counter without { tries: attempts }
                counter with { tries: attempts }
                egress {
                  monitor allow if remote.port == 5 within mine else deny { count with }
                  allow if remote.port == 6 within mine else deny
                  allow if remote.port == 5 within next
                  default deny { count without }
                }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            assertThat(CountersKernelTest.connects(two.first(), 20, "127.0.0.1:5"))
                    .as("only the other rate decides, and the walk goes on")
                    .isEqualTo(new Caller.Tally(20, 7, 13));
            assertThat(force.count("with", "[]", "tries")).isEqualTo(20);
            assertThat(force.count("without", "[]", "tries")).isEqualTo(13);
            assertThat(CountersKernelTest.connects(two.first(), 20, "127.0.0.1:6"))
                    .as("no token was taken")
                    .isEqualTo(new Caller.Tally(20, 5, 15));
        }
    }
}
