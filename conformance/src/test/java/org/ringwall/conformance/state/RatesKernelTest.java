package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.loader.sys.Call;
import org.ringwall.testkit.KernelTest;

/** Tokens that two processes take at the same time: as many as there are, and not one more. */
@KernelTest
class RatesKernelTest {
    private static final long INTERVAL = 10_000_000;
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
    void asManyPassAsTokensAreGained() {
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
            // From here on tokens are taken as soon as they are gained, so none is lost for want of room.
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

    /** Takes every token that there is. */
    private long drain() {
        return CountersKernelTest.connects(two.first(), 2 * BURST, "127.0.0.1:5")
                .succeeded();
    }

    private static Caller.Tally lasting(Caller caller) {
        long fd = caller.udp(4);
        byte[] address = Caller.address("127.0.0.1:5");
        return caller.during(MILLISECONDS, Call.CONNECT, fd, address, address.length);
    }

    @Test
    void theBurstOfEachKeyIsExactAndFullMapsFailClosed() {
        String text = """
                policy slowed
                rate each per remote.port 1/h burst 1000 max 3
                egress {
                  allow if remote.port in 1..100 within each else deny
                  default allow
                }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            for (int port = 1; port <= 3; port++) {
                String to = "127.0.0.1:" + port;
                assertThat(two.both(caller -> CountersKernelTest.connects(caller, 20_000, to)))
                        .isEqualTo(new Caller.Tally(40_000, 1000, 39_000));
            }
            assertThat(two.both(caller -> CountersKernelTest.connects(caller, 1000, "127.0.0.1:4")))
                    .as("a key without room")
                    .isEqualTo(new Caller.Tally(2000, 0, 2000));
            assertThat(force.tokens("each"))
                    .hasSize(3)
                    .allSatisfy((key, tokens) -> assertThat(tokens).isZero());
            assertThat(CountersKernelTest.connects(two.first(), 10, "127.0.0.1:200")
                            .succeeded())
                    .as("who does not ask needs no token")
                    .isEqualTo(10);
        }
    }

    @Test
    void whoMonitorsTakesNone() {
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
