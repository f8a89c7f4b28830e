// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.assertj.core.api.Condition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.sys.Call;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.KernelTest;

/**
 * A test that each end of a connection is counted once when it is closed, with exactly the bytes of
 * data that it has sent and received.
 */
@KernelTest
class ClosedConnectionsKernelTest {
    private static final int UPGRADES = 5;

    /** Options at level IPPROTO_TCP of include/uapi/linux/tcp.h. */
    private static final int IPPROTO_TCP = 6;

    private static final int TCP_REPAIR = 19;
    private static final int TCP_REPAIR_QUEUE = 20;
    private static final int TCP_QUEUE_SEQ = 21;
    private static final int TCP_RECV_QUEUE = 1;
    private static final int TCP_SEND_QUEUE = 2;

    private static final String COUNTED = """
            policy ends
            counter ends [family, local.port, remote.port] {
              closed: attempts, sent: bytes_sent, received: bytes_received
            } max 10_000
            on sock_ops { when tcp_closed { count ends } }
            packets egress {
              deny if local.port == %d and tcp.syn
              default allow
            }
            """.formatted(ConnectionEndings.SILENT);

    private final ChildCgroup cgroup = ChildCgroup.make();

    @TempDir
    private Path folder = Path.of("");

    @AfterEach
    void clean() {
        cgroup.close();
    }

    /**
     * An end by its row in the counter: how often it was counted, and what it sent and received.
     */
    private record Counted(long closed, long sent, long received) {
        static Counted of(Map<String, BigInteger> row) {
            return new Counted(number(row, "closed"), number(row, "sent"), number(row, "received"));
        }

        private static long number(Map<String, BigInteger> row, String column) {
            return Objects.requireNonNull(row.get(column), column).longValueExact();
        }
    }

    private static Map<String, Counted> counted(InForce force) {
        Map<String, Counted> all = new HashMap<>();
        force.counts("ends").forEach((key, row) -> all.put(key, Counted.of(row)));
        return all;
    }

    private static String key(ConnectionEndings.Ended end, boolean client) {
        int local = client ? end.client() : end.server();
        int remote = client ? end.server() : end.client();
        return "[" + (end.family() == 2 ? "inet" : "inet6") + ", " + local + ", " + remote + "]";
    }

    @RepeatedTest(2)
    void everyEndIsCountedOnceAndExactly(RepetitionInfo run) {
        try (InForce force = InForce.on(cgroup, COUNTED)) {
            List<ConnectionEndings.Ended> made =
                    ConnectionEndings.run(folder, cgroup.path(), run.getCurrentRepetition());
            Set<String> keys = new TreeSet<>();
            made.forEach(end -> keys.addAll(
                    end.how().equals("syn_recv")
                            ? List.of(key(end, false))
                            : List.of(key(end, true), key(end, false))));
            // Sockets without a process end when the kernel has received the last segment.
            Guard.await("all ends are counted", () -> counted(force).size() >= keys.size());
            Map<String, Counted> ends = counted(force);
            made.stream().filter(end -> !end.how().equals("syn_recv")).forEach(end -> alike(end, ends));
            made.stream()
                    .filter(end -> end.how().equals("syn_recv"))
                    .forEach(end -> assertThat(ends)
                            .as(end.toString())
                            .hasEntrySatisfying(
                                    new Condition<>(key -> key.startsWith("[inet, " + end.server() + ", "), "its port"),
                                    new Condition<>(new Counted(1, 0, end.sent())::equals, "its bytes")));
            assertThat(ends).hasSize(keys.size());
        }
    }

    private static void alike(ConnectionEndings.Ended end, Map<String, Counted> ends) {
        assertThat(ends).as(end.toString()).containsKeys(key(end, true), key(end, false));
        Counted client = Objects.requireNonNull(ends.get(key(end, true)));
        Counted server = Objects.requireNonNull(ends.get(key(end, false)));
        long back = end.received().orElse(server.sent());
        assertThat(client).as(end.toString()).isEqualTo(new Counted(1, end.sent(), back));
        assertThat(server).as(end.toString()).isEqualTo(new Counted(1, back, end.sent()));
    }

    /** Two ends of a connection that {@link Caller} has made, and the keys of their rows. */
    private record Pair(Caller caller, long client, long server, int clientPort, int serverPort) {
        static Pair of(Caller caller, long listener) {
            long client = caller.tcp(4);
            assertThat(caller.connect(client, caller.own(listener))).isZero();
            return new Pair(caller, client, caller.accept(listener), caller.port(client), caller.port(listener));
        }

        void talk(String there, String back) {
            pass(client, server, there);
            pass(server, client, back);
        }

        private void pass(long from, long to, String text) {
            assertThat(caller.send(from, text)).isEqualTo(text.length());
            assertThat(caller.call(Call.RECVFROM, to, new byte[64], 64, 0, 0, 0).result())
                    .isEqualTo(text.length());
        }

        void close() {
            caller.close(client);
            caller.close(server);
        }

        String clientKey() {
            return "[inet, " + clientPort + ", " + serverPort + "]";
        }

        String serverKey() {
            return "[inet, " + serverPort + ", " + clientPort + "]";
        }
    }

    private static void awaitRows(InForce force, int rows) {
        Guard.await(rows + " ends are counted", () -> counted(force).size() >= rows);
        assertThat(counted(force)).hasSize(rows);
    }

    private static String version(int number) {
        return COUNTED.replace("packets egress {\n", "packets egress {\n  deny if remote.port == " + number + "\n");
    }

    @Test
    void openAndOlderConnectionsAreNotCounted() {
        try (Caller caller = Caller.in(cgroup.path())) {
            long listener = caller.listener(caller.tcp(4), "127.0.0.1:0");
            Pair older = Pair.of(caller, listener);
            try (InForce force = InForce.on(cgroup, COUNTED)) {
                Pair open = Pair.of(caller, listener);
                Pair closed = Pair.of(caller, listener);
                older.talk("one", "two");
                open.talk("three", "four");
                closed.talk("seven", "eleven");
                older.close();
                closed.close();
                awaitRows(force, 2);
                assertThat(counted(force))
                        .containsEntry(closed.clientKey(), new Counted(1, 5, 6))
                        .containsEntry(closed.serverKey(), new Counted(1, 6, 5));
                open.close();
                awaitRows(force, 4);
                assertThat(counted(force)).containsEntry(open.clientKey(), new Counted(1, 5, 4));
            }
        }
    }

    /** The storage of sockets outlives generations, and only the newest one counts. */
    @Test
    void connectionsAreCountedOnceThroughUpgrades() {
        try (Caller caller = Caller.in(cgroup.path());
                InForce force = InForce.on(cgroup, COUNTED)) {
            long listener = caller.listener(caller.tcp(4), "127.0.0.1:0");
            Pair first = Pair.of(caller, listener);
            first.talk("one", "two");
            force.upgrade(version(1));
            first.talk("more", "x");
            Pair second = Pair.of(caller, listener);
            first.close();
            awaitRows(force, 2);
            assertThat(counted(force))
                    .containsEntry(first.clientKey(), new Counted(1, 7, 4))
                    .containsEntry(first.serverKey(), new Counted(1, 4, 7));
            force.upgrade(version(2));
            second.talk("three", "seven");
            second.close();
            awaitRows(force, 4);
            assertThat(counted(force)).containsEntry(second.clientKey(), new Counted(1, 5, 5));
        }
    }

    /**
     * Connections that end while versions are exchanged are counted at least once, and at most once
     * more for each switch and end, as everything that a request counts (docs/abi.md section 3).
     */
    @Test
    void noConnectionIsLostWhileVersionsAreExchanged() {
        ExecutorService threads = Executors.newSingleThreadExecutor();
        try (Caller caller = Caller.in(cgroup.path());
                InForce force = InForce.on(cgroup, COUNTED)) {
            long listener = caller.listener(caller.tcp(4), "127.0.0.1:0");
            Future<?> upgrades =
                    threads.submit(() -> IntStream.rangeClosed(1, UPGRADES).forEach(i -> force.upgrade(version(i))));
            List<Pair> pairs = new ArrayList<>();
            while (!upgrades.isDone() && pairs.size() < 4_000) {
                Pair pair = Pair.of(caller, listener);
                pair.talk("three", "seven");
                pair.close();
                pairs.add(pair);
            }
            Two.get(upgrades);
            awaitRows(force, 2 * pairs.size());
            Map<String, Counted> ends = counted(force);
            assertThat(ends.values())
                    .allSatisfy(end ->
                            assertThat(end).isEqualTo(new Counted(end.closed(), 5 * end.closed(), 5 * end.closed())));
            long counted = ends.values().stream().mapToLong(Counted::closed).sum();
            assertThat(counted).isBetween(2L * pairs.size(), 2L * pairs.size() + UPGRADES);
            assertThat(force.lost("ends")).isZero();
        } finally {
            threads.shutdownNow();
        }
    }

    /** A reply shares its bytes with the old state in the arguments of a change of state. */
    @Test
    void repliesOfOtherProgramsChangeNothing() {
        String replying = """
                policy replying
                on sock_ops { when tcp_closed or active_established or passive_established { reply 2 } }
                """;
        try (Caller caller = Caller.in(cgroup.path());
                InForce before = InForce.on(cgroup, replying);
                InForce force = InForce.on(cgroup, COUNTED);
                InForce after = InForce.on(cgroup, replying.replace("replying", "after"))) {
            assertThat(before.keeps(StateNames.OPENED)).isTrue();
            assertThat(after.keeps(StateNames.OPENED)).isTrue();
            Pair pair = Pair.of(caller, caller.listener(caller.tcp(4), "127.0.0.1:0"));
            countsWhatIsSaid(force, pair);
        }
    }

    /** A connection that CRIU restores counts what it carries from then on. */
    @Test
    void restoredConnectionsCountWhatTheyCarryAfterwards() {
        try (Caller caller = Caller.in(cgroup.path());
                InForce force = InForce.on(cgroup, COUNTED)) {
            Pair pair = new Pair(
                    caller,
                    restoring(caller, 43_000, 7_000, 9_000),
                    restoring(caller, 43_001, 9_000, 7_000),
                    43_000,
                    43_001);
            assertThat(caller.connect(pair.client(), "127.0.0.1:43001")).isZero();
            assertThat(caller.connect(pair.server(), "127.0.0.1:43000")).isZero();
            option(caller, pair.client(), TCP_REPAIR, 0);
            option(caller, pair.server(), TCP_REPAIR, 0);
            countsWhatIsSaid(force, pair);
        }
    }

    private static void countsWhatIsSaid(InForce force, Pair pair) {
        pair.talk("three", "eleven");
        pair.close();
        awaitRows(force, 2);
        assertThat(counted(force))
                .containsEntry(pair.clientKey(), new Counted(1, 5, 6))
                .containsEntry(pair.serverKey(), new Counted(1, 6, 5));
    }

    /** Returns a socket in repair mode with these next sequence numbers. */
    private static long restoring(Caller caller, int port, int sent, int received) {
        long fd = caller.tcp(4);
        option(caller, fd, TCP_REPAIR, 1);
        option(caller, fd, TCP_REPAIR_QUEUE, TCP_SEND_QUEUE);
        option(caller, fd, TCP_QUEUE_SEQ, sent);
        option(caller, fd, TCP_REPAIR_QUEUE, TCP_RECV_QUEUE);
        option(caller, fd, TCP_QUEUE_SEQ, received);
        assertThat(caller.bind(fd, "127.0.0.1:" + port)).isZero();
        return fd;
    }

    private static void option(Caller caller, long fd, int name, int value) {
        byte[] bytes = ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(value)
                .array();
        assertThat(caller.call(Call.SETSOCKOPT, fd, IPPROTO_TCP, name, bytes, bytes.length)
                        .result())
                .as("option " + name)
                .isZero();
    }
}
