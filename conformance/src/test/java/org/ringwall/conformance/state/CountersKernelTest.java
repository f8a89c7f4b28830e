// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.samples.Samples;
import org.ringwall.sys.Call;
import org.ringwall.testkit.KernelTest;

/** A test that counters are exact while two processes count at the same time. */
@KernelTest
class CountersKernelTest {
    private static final long EACH = Long.getLong("ringwall.state.calls", 50_000);
    private static final int KEYS = 3;

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final Two two = new Two(cgroup);

    @AfterEach
    void clean() {
        two.close();
        cgroup.close();
    }

    /** Calls connect(2) on one datagram socket repeatedly; each call is a request. */
    static Caller.Tally connects(Caller caller, long times, String to) {
        long fd = caller.udp(to.startsWith("[") ? 6 : 4);
        byte[] address = Caller.address(to);
        Caller.Tally tally = caller.many(times, Call.CONNECT, fd, address, address.length);
        caller.close(fd);
        return tally;
    }

    @Test
    void everyAttemptIsCountedOnce() {
        String text = """
                policy counted
                counter all              { tries: attempts, last: time }
                counter ports [remote.port, uid] { tries: attempts, last: time } max 100
                counter refused          { tries: attempts }
                egress {
                  deny if remote.port == 7 { count refused; count all; count ports }
                  default allow { count all; count ports }
                }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            long begin = force.bootTime();
            Caller.Tally one = two.both(caller -> connects(caller, EACH, "127.0.0.1:5"));
            Caller.Tally no = two.both(caller -> connects(caller, EACH, "127.0.0.1:7"));
            Caller.Tally six = two.both(caller -> connects(caller, EACH, "[::1]:5"));
            long mine = connects(two.first().as(1000), EACH, "127.0.0.1:5").succeeded();
            long end = force.bootTime();
            assertThat(one).isEqualTo(new Caller.Tally(2 * EACH, 2 * EACH, 0));
            assertThat(no).isEqualTo(new Caller.Tally(2 * EACH, 0, 2 * EACH));
            assertThat(six).isEqualTo(one);
            assertThat(mine).isEqualTo(EACH);
            assertThat(force.count("refused", "[]", "tries")).isEqualTo(2 * EACH);
            assertThat(force.count("all", "[]", "tries")).isEqualTo(7 * EACH);
            assertThat(force.count("ports", "[5, 0]", "tries")).isEqualTo(4 * EACH);
            assertThat(force.count("ports", "[7, 0]", "tries")).isEqualTo(2 * EACH);
            assertThat(force.count("ports", "[5, 1000]", "tries")).isEqualTo(EACH);
            assertThat(force.count("all", "[]", "last")).isBetween(begin, end);
            assertThat(force.count("ports", "[5, 1000]", "last"))
                    .isBetween(begin, end)
                    .isGreaterThan(force.count("ports", "[7, 0]", "last"));
            assertThat(force.lost("ports")).isZero();
        }
    }

    /** Rules over so many fields get effect diagrams of their own. */
    @Test
    void everyRuleCountsIndependently() {
        List<String> guards = List.of(
                "remote.port in 5..7",
                "remote.port == 7",
                "uid == 0",
                "uid == 1000",
                "gid < 9",
                "pid > 0",
                "cgroup == 1",
                "proto == udp",
                "remote.ip in 127.0.0.0/8",
                "remote.ip in 10.0.0.0/8",
                "ancestor(1) != 0",
                "comm == \"nobody\"");
        StringBuilder text = new StringBuilder("policy many\n");
        for (int i = 0; i < guards.size(); i++) {
            text.append("counter c%d { tries: attempts }\n".formatted(i));
        }
        text.append("egress {\n");
        for (int i = 0; i < guards.size(); i++) {
            text.append("  when %s { count c%d }\n".formatted(guards.get(i), i));
        }
        text.append("  deny if remote.port == 7\n  default allow\n}\n");
        assertThat(Samples.compileWithWarnings("many.wall", text.toString())
                        .diagrams()
                        .decisions())
                .anySatisfy(decision -> assertThat(decision.effects()).hasSizeGreaterThan(4));
        try (InForce force = InForce.on(cgroup, text.toString())) {
            Caller.Tally five = two.both(caller -> connects(caller, 100, "127.0.0.1:5"));
            Caller.Tally seven = two.both(caller -> connects(caller, 100, "[::1]:7"));
            assertThat(five.succeeded()).isEqualTo(200);
            assertThat(seven.succeeded()).isZero();
            List<Long> counted = IntStream.range(0, guards.size())
                    .mapToObj(i -> force.count("c" + i, "[]", "tries"))
                    .toList();
            assertThat(counted).containsExactly(400L, 200L, 400L, 0L, 400L, 400L, 0L, 400L, 200L, 0L, 400L, 0L);
        }
    }

    @Test
    void anObjectAppliedFromMemoryCounts() {
        String text = """
                policy memory
                counter ports [remote.port] { tries: attempts } max 100
                on connect4 { default allow { count ports } }
                """;
        BpfObject object = Samples.compileWithWarnings("memory.wall", text).object();
        try (InForce force = InForce.on(cgroup, object, Map.of())) {
            Caller.Tally one = two.both(caller -> connects(caller, 10, "127.0.0.1:5"));
            assertThat(one.succeeded()).isEqualTo(20);
            assertThat(force.count("ports", "[5]", "tries")).isEqualTo(20);
        }
    }

    @Test
    void requestsWithoutRoomForAKeyAreCountedAsLost() {
        String text = """
                policy counted
                counter few    [remote.port] { tries: attempts } max 3
                counter recent [remote.port] { tries: attempts } max 8 lru
                egress { default allow { count few; count recent } }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            int ports = 6;
            long made = 0;
            for (int port = 1; port <= ports; port++) {
                String to = "127.0.0.1:" + port;
                made += two.both(caller -> connects(caller, EACH / ports, to)).succeeded();
            }
            assertThat(force.counts("few")).hasSize(KEYS);
            assertThat(force.count("few", "[1]", "tries")).isEqualTo(2 * (EACH / ports));
            assertThat(force.lost("few")).isEqualTo(made / 2);
            assertThat(force.sum("few", "tries") + force.lost("few")).isEqualTo(made);
            for (int port = 100; port < 200; port++) {
                String to = "127.0.0.1:" + port;
                made += two.both(caller -> connects(caller, 5, to)).succeeded();
            }
            assertThat(force.lost("few")).isEqualTo(made - force.sum("few", "tries"));
            Map<String, ?> recent = force.counts("recent");
            assertThat(recent).containsKey("[199]").hasSizeLessThanOrEqualTo(8);
            assertThat(force.count("recent", "[199]", "tries")).isEqualTo(10);
        }
    }

    @Test
    void bothFamiliesAddToOneCountPerKey() {
        String text = """
                policy counted
                counter ends   [remote.ip, remote.port] { tries: attempts, last: time } max 3
                counter recent [uid, remote.ip] { tries: attempts } max 100 lru
                egress { default allow { count ends; count recent } }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            assertThat(force.keeps("counter4_ends")).isTrue();
            assertThat(force.keeps("counter_ends")).isTrue();
            two.both(caller -> connects(caller, EACH, "127.0.0.1:5"));
            long begin = force.bootTime();
            two.both(caller -> connects(caller, EACH, "[::ffff:127.0.0.1]:5"));
            two.both(caller -> connects(caller, EACH, "[::1]:5"));
            assertThat(force.counts("ends")).hasSize(2);
            assertThat(force.count("ends", "[127.0.0.1, 5]", "tries")).isEqualTo(4 * EACH);
            assertThat(force.count("ends", "[127.0.0.1, 5]", "last")).isBetween(begin, force.bootTime());
            assertThat(force.count("ends", "[::1, 5]", "tries")).isEqualTo(2 * EACH);
            assertThat(force.count("recent", "[0, 127.0.0.1]", "tries")).isEqualTo(4 * EACH);
            assertThat(force.count("recent", "[0, ::1]", "tries")).isEqualTo(2 * EACH);
            for (int port = 6; port < 16; port++) {
                connects(two.first(), 1, "127.0.0.1:" + port);
                connects(two.first(), 1, "[::1]:" + port);
            }
            assertThat(force.entries("counter4_ends")).isEqualTo(KEYS);
            assertThat(force.entries("counter_ends")).isEqualTo(KEYS);
            assertThat(force.lost("ends")).isEqualTo(20 - (KEYS - 1) - (KEYS - 2));
        }
    }

    @Test
    void packetsAndBytesMatchTheTrafficSent() {
        String text = """
                policy counted
                counter out  [remote.port, family] { packets: packets, bytes: bytes } max 10
                counter into [local.port, family]  { packets: packets, bytes: bytes } max 10
                counter sent [remote.port]         { asked: attempts, datagrams: datagrams } max 10
                packets egress  { default allow { count out } }
                packets ingress { default allow { count into } }
                egress          { default allow { count sent } }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            Caller caller = two.first();
            caller.listener(caller.udp(4), "127.0.0.1:9000");
            caller.listener(caller.udp(6), "[::1]:9000");
            long fd = caller.udp(4);
            assertThat(caller.send(fd, "12345", "127.0.0.1:9000")).isEqualTo(5);
            assertThat(caller.send(fd, "1234567890", "127.0.0.1:9000")).isEqualTo(10);
            assertThat(caller.send(caller.udp(6), "123", "[::1]:9000")).isEqualTo(3);
            long bytes = 2 * (20 + 8) + 15;
            for (String counter : new String[] {"out", "into"}) {
                assertThat(force.count(counter, "[9000, inet]", "packets")).isEqualTo(2);
                assertThat(force.count(counter, "[9000, inet]", "bytes")).isEqualTo(bytes);
                assertThat(force.count(counter, "[9000, inet6]", "packets")).isEqualTo(1);
                assertThat(force.count(counter, "[9000, inet6]", "bytes")).isEqualTo(40 + 8 + 3);
            }
            assertThat(force.count("sent", "[9000]", "datagrams")).isEqualTo(3);
            assertThat(caller.connect(fd, "127.0.0.1:9000")).isZero();
            assertThat(force.count("sent", "[9000]", "asked")).isEqualTo(4);
            assertThat(force.count("sent", "[9000]", "datagrams")).isEqualTo(3);
            byte[] payload = new byte[100];
            caller.many(1000, Call.SENDTO, fd, payload, payload.length, 0, 0, 0);
            assertThat(force.count("out", "[9000, inet]", "packets")).isEqualTo(1002);
            assertThat(force.count("into", "[9000, inet]", "bytes")).isEqualTo(bytes + 1000 * 128);
        }
    }

    @Test
    void connectionsAreCountedOnceAtEachEnd() {
        String text = """
                policy counted
                counter made { connections: connections, asked: attempts }
                counter took [local.port] { connections: connections } max 4
                on sock_ops {
                  when active_established { count made }
                  when passive_established { count took }
                  when tcp_connect { count made }
                }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            Caller caller = two.first();
            long listener = caller.listener(caller.tcp(4), "127.0.0.1:9000");
            for (int i = 0; i < 20; i++) {
                long fd = caller.tcp(4);
                assertThat(caller.connect(fd, "127.0.0.1:9000")).isZero();
                caller.close(caller.accept(listener));
                caller.close(fd);
            }
            assertThat(force.count("made", "[]", "connections")).isEqualTo(20);
            assertThat(force.count("made", "[]", "asked")).isEqualTo(40);
            assertThat(force.count("took", "[9000]", "connections")).isEqualTo(20);
        }
    }

    /**
     * The SYN of the end that connects counts as one acknowledged byte (tcp_snd_una_update in
     * net/ipv4/tcp_input.c). The end that accepts has not sent data yet.
     */
    @Test
    void numbersOf64BitsAreComparedWhole() {
        String text = """
                policy counted
                param least : int64 in 0..18446744073709551615 = 1
                param far   : int64 in 0..18446744073709551615 = 4294967297
                counter made [tcp.bytes_acked] { connections: connections } max 4
                counter param  { connections: connections }
                counter wide   { connections: connections }
                counter inside { connections: connections }
                counter took   { connections: connections }
                on sock_ops {
                  when active_established { count made }
                  when active_established and tcp.bytes_acked >= least { count param }
                  when active_established and (tcp.bytes_acked >= far or tcp.bytes_acked == 4294967297) { count wide }
                  when active_established and tcp.bytes_acked in { 1, 4294967296..18446744073709551615 } { count inside }
                  when passive_established and tcp.bytes_acked == 0 and tcp.bytes_received < 4294967296 { count took }
                }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            Caller caller = two.first();
            long listener = caller.listener(caller.tcp(4), "127.0.0.1:9001");
            for (int i = 0; i < 5; i++) {
                long fd = caller.tcp(4);
                assertThat(caller.connect(fd, "127.0.0.1:9001")).isZero();
                caller.close(caller.accept(listener));
                caller.close(fd);
            }
            assertThat(force.count("made", "[1]", "connections")).isEqualTo(5);
            assertThat(force.count("param", "[]", "connections")).isEqualTo(5);
            assertThat(force.count("wide", "[]", "connections")).isZero();
            assertThat(force.count("inside", "[]", "connections")).isEqualTo(5);
            assertThat(force.count("took", "[]", "connections")).isEqualTo(5);
        }
    }

    /** The second byte of 9088 has its top bit set, which a test of few ports must not extend. */
    @Test
    void fewPortsOfRealConnectionsAreDistinguished() {
        String text = """
                policy counted
                counter few { connections: connections }
                on sock_ops {
                  when active_established and remote.port in { 9000, 9088 } { count few }
                }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            Caller caller = two.first();
            for (String end : List.of("127.0.0.1:9000", "127.0.0.1:9088", "127.0.0.1:9089")) {
                long listener = caller.listener(caller.tcp(4), end);
                long fd = caller.tcp(4);
                assertThat(caller.connect(fd, end)).isZero();
                caller.close(caller.accept(listener));
                caller.close(fd);
            }
            assertThat(force.count("few", "[]", "connections")).isEqualTo(2);
        }
    }
}
