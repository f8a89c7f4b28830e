// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.loader.model.Events;
import org.ringwall.loader.model.InputException;
import org.ringwall.sys.Call;
import org.ringwall.testkit.KernelTest;

/** A test of the state that a policy keeps through upgrades under load. */
@KernelTest
class UpgradeKernelTest {
    private static final long MILLISECONDS = Long.getLong("ringwall.state.milliseconds", 4_000);
    private static final long KEPT = 1_000;

    private static final String TEXT = """
            policy going
            live set closed : port max 10
            counter tries [remote.port] { tries: attempts } max 10
            counter all { tries: attempts }
            rate mine per remote.port 1/h burst 1000 max 10
            table to [remote.port] within { 127.0.0.0/8 } : 1..65535 max 4 default deny
            egress {
              deny if remote.port in closed { log; count tries; count all }
              allow if remote.port == 6 within mine else deny { count tries; count all }
              redirect to if remote.port == 80
              default allow { count tries; count all }
            }
            """;

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final Two two = new Two(cgroup);

    @AfterEach
    void clean() {
        two.close();
        cgroup.close();
    }

    private static Caller.Tally lasting(Caller caller, String to) {
        long fd = caller.udp(4);
        byte[] address = Caller.address(to);
        return caller.during(MILLISECONDS, Call.CONNECT, fd, address, address.length);
    }

    /** Returns another version: it has one more rule, which no call matches. */
    private static String version(int number) {
        return TEXT.replace("egress {\n", "egress {\n  deny if remote.port == " + (1000 + number) + "\n");
    }

    /**
     * Checks that there is a record for each event, and at most one more for each switch and task:
     * a request that runs both the old program and the new one at that instant has the records of
     * both (docs/abi.md section 3).
     */
    private static void once(long records, long done, long switches) {
        assertThat(records).isBetween(done, done + switches);
        System.out.println("between two programs at a switch: " + (records - done));
    }

    private static int upgradeUntilDone(InForce force, List<Future<Caller.Tally>> running) {
        int versions = 0;
        while (!running.stream().allMatch(Future::isDone)) {
            versions++;
            force.upgrade(version(versions));
        }
        return versions;
    }

    @Test
    void countsAndTokensAreExactThroughUpgrades() {
        try (InForce force = InForce.on(cgroup, TEXT)) {
            List<Future<Caller.Tally>> counted = List.of(
                    two.begin(two.first(), by -> lasting(by, "127.0.0.1:5")),
                    two.begin(two.second(), by -> lasting(by, "127.0.0.1:6")));
            int versions = upgradeUntilDone(force, counted);
            Caller.Tally free = Two.get(counted.get(0));
            Caller.Tally slowed = Two.get(counted.get(1));
            System.out.println(free.made() + slowed.made() + " calls through " + versions + " upgrades");
            assertThat(versions).isPositive();
            assertThat(free.succeeded()).isEqualTo(free.made());
            assertThat(slowed.succeeded()).as("tokens").isEqualTo(KEPT);
            once(force.count("tries", "[5]", "tries"), free.made(), versions);
            once(force.count("tries", "[6]", "tries"), slowed.made(), versions);
            assertThat(force.count("all", "[]", "tries")).isEqualTo(force.sum("tries", "tries"));
            assertThat(force.lost("tries")).isZero();
            assertThat(force.tokens("mine")).containsEntry("[6]", 0L);
        }
    }

    @Test
    void everyDenialHasOneRecordThroughUpgrades() throws InterruptedException {
        try (InForce force = InForce.on(cgroup, TEXT);
                Events stream = force.events()) {
            force.add("closed", "7");
            List<Future<Caller.Tally>> denied = two.begin(by -> lasting(by, "127.0.0.1:7"));
            Future<Long> read = two.begin(two.first(), by -> {
                long records = 0;
                while (!denied.stream().allMatch(Future::isDone)) {
                    records += InForce.drain(stream).size();
                }
                return records;
            });
            int versions = upgradeUntilDone(force, denied);
            Caller.Tally tally = Two.sum(denied);
            long delivered = Two.get(read) + InForce.drain(stream).size();
            System.out.println(
                    tally.made() + " denials through " + versions + " upgrades, " + delivered + " delivered");
            assertThat(tally.succeeded()).as("slipped through").isZero();
            assertThat(tally.denied()).isEqualTo(tally.made());
            once(delivered + force.lost("events"), tally.made(), 2L * versions);
            once(force.count("tries", "[7]", "tries"), tally.made(), 2L * versions);
            assertThat(stream.malformed()).isZero();
        }
    }

    @Test
    void upgradesKeepSetsTablesAndSocketState() {
        Caller caller = two.first();
        long server = caller.listener(caller.udp(4), "127.0.0.1:5000");
        try (InForce force = InForce.on(cgroup, TEXT)) {
            force.add("closed", "7", "8");
            force.entry("to", "80", "=", "127.0.0.1:5000");
            long connected = caller.udp(4);
            assertThat(caller.connect(connected, "192.0.2.1:80")).isZero();
            assertThat(caller.peer(connected)).isEqualTo("192.0.2.1:80");
            force.upgrade(version(1));
            assertThat(caller.peer(connected)).as("led by the version before").isEqualTo("192.0.2.1:80");
            assertThat(CountersKernelTest.connects(caller, 1, "127.0.0.1:8").denied())
                    .isEqualTo(1);
            assertThat(caller.send(caller.udp(4), "led", "192.0.2.9:80")).isEqualTo(3);
            assertThat(caller.receive(server)).startsWith("led from");
            force.upgrade(TEXT.replace("port max 10", "port max 20").replace("attempts } max 10", "attempts } max 30"));
            assertThat(CountersKernelTest.connects(caller, 1, "127.0.0.1:8").denied())
                    .as("a set made anew keeps its entries")
                    .isEqualTo(1);
            assertThat(force.count("tries", "[8]", "tries")).isEqualTo(2);
        }
    }

    /** Returns a version that counts at these hooks. */
    private static String counting(String blocks, int max) {
        return """
                policy moving
                counter ends [remote.ip] { tries: attempts, last: time } max %d
                %s
                """.formatted(max, blocks);
    }

    /**
     * Counts remain, whichever family the next version counts. The first version counts v4-mapped
     * destinations at connect6, as connect4 did when counters had no separate map for IPv4 keys.
     */
    @Test
    void countsAreKeptWhicheverFamilyTheNextVersionCounts() {
        String both = "egress { default allow { count ends } }";
        String v4 = "on connect4 { default allow { count ends } }";
        String v6 = "on connect6 { default allow { count ends } }";
        try (InForce force = InForce.on(cgroup, counting(v6, 10))) {
            CountersKernelTest.connects(two.first(), 3, "[::ffff:127.0.0.1]:5");
            CountersKernelTest.connects(two.first(), 2, "[::1]:5");
            assertThat(force.keeps("counter4_ends")).isFalse();
            long four = 3;
            long six = 2;
            for (String blocks : List.of(v4, both, v6, v4, v6, both)) {
                force.upgrade(counting(blocks, 10));
                held(force, four, six);
                four += blocks.equals(v6)
                        ? 0
                        : CountersKernelTest.connects(two.first(), 5, "127.0.0.1:5")
                                .succeeded();
                six += blocks.equals(v4)
                        ? 0
                        : CountersKernelTest.connects(two.first(), 7, "[::1]:5").succeeded();
                held(force, four, six);
            }
            force.upgrade(counting(v4, 20));
            force.upgrade(counting(both, 30));
            held(force, four, six);
            force.upgrade(counting(v4, 30));
            String renamed = counting(v4, 30).replace("last: time", "end: time");
            assertThatThrownBy(() -> force.upgrade(renamed))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("other value members");
            held(force, four, six);
            force.upgradeWithout("ends", renamed);
            assertThat(force.counts("ends")).isEmpty();
            assertThat(force.keeps("counter_ends")).isFalse();
        }
    }

    private static void held(InForce force, long four, long six) {
        assertThat(force.count("ends", "[127.0.0.1]", "tries")).isEqualTo(four);
        assertThat(force.count("ends", "[::1]", "tries")).isEqualTo(six);
        assertThat(force.counts("ends")).hasSize(2);
    }

    /**
     * A map that the next version does not name, but that holds the same counter, must have the
     * same layout, or the upgrade is rejected.
     */
    @Test
    void anUpgradeRejectsACounterMapOfAnotherLayout() {
        String v6 = "on connect6 { default allow { count ends } }";
        String v4 = "on connect4 { default allow { count ends } }";
        try (InForce force = InForce.on(cgroup, counting(v6, 10))) {
            CountersKernelTest.connects(two.first(), 2, "[::1]:5");
            String another = counting(v4, 10).replace("[remote.ip]", "[remote.ip, remote.port]");
            assertThatThrownBy(() -> force.upgrade(another))
                    .isInstanceOf(InputException.class)
                    .hasMessage("the version in force has `counter_ends` with other key members");
            assertThat(force.count("ends", "[::1]", "tries")).isEqualTo(2);
            force.upgradeWithout("ends", another);
            assertThat(force.counts("ends")).isEmpty();
        }
    }
}
