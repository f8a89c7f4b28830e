// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Future;
import org.assertj.core.api.MapAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.loader.model.Events;
import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/** A test that each record of `log` arrives, or is counted as lost or as suppressed. */
@KernelTest
class LogKernelTest {
    private static final long DENIALS = Long.getLong("ringwall.state.denials", 1_000_000);

    private static final int PAUSE_MS = 50;

    /**
     * A number of records for which the ring has room; then the number of rounds, and the highest
     * accepted ratio of times.
     */
    private static final int BATCH = 1_000;

    private static final int ROUNDS = 10;
    private static final int MUCH = 5;

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final Two two = new Two(cgroup);

    @AfterEach
    void clean() {
        two.close();
        cgroup.close();
    }

    private static boolean isDone(List<Future<Caller.Tally>> begun) {
        return begun.stream().allMatch(Future::isDone);
    }

    @Test
    void everyRecordIsDeliveredOrCountedAsLost() throws InterruptedException {
        String text = """
                policy told
                counter refused { tries: attempts }
                egress {
                  deny if remote.port == 7 { log because "seven"; count refused }
                  default allow
                }
                """;
        long before;
        try (InForce force = InForce.on(cgroup, text);
                Events stream = force.events()) {
            List<Future<Caller.Tally>> begun =
                    two.begin(caller -> CountersKernelTest.connects(caller, DENIALS / 2, "127.0.0.1:7"));
            long delivered = 0;
            long last = 0;
            while (!isDone(begun)) {
                Thread.sleep(PAUSE_MS);
                for (int i = 0; i < 50; i++) {
                    delivered += stream.next().isPresent() ? 1 : 0;
                }
            }
            assertThat(Two.sum(begun)).isEqualTo(new Caller.Tally(DENIALS, 0, DENIALS));
            for (Events.Explained one : InForce.drain(stream)) {
                delivered++;
                last = one.event().time();
                assertThat(one.event().suppressed()).isZero();
                assertThat(fields(one)).containsEntry("remote.port", "7");
            }
            System.out.println(
                    DENIALS + " denials: " + delivered + " records delivered, " + force.lost("events") + " lost");
            assertThat(delivered + force.lost("events")).isEqualTo(DENIALS);
            assertThat(stream.newlyLost().longValueExact()).isEqualTo(force.lost("events"));
            assertThat(stream.malformed()).isZero();
            assertThat(force.lost("events")).as("else nobody was slow").isPositive();
            assertThat(force.count("refused", "[]", "tries")).isEqualTo(DENIALS);
            assertThat(last).isLessThan(force.bootTime());
            before = force.lost("events");
            CountersKernelTest.connects(two.first(), 1, "127.0.0.1:7");
            assertThat(InForce.drain(stream)).as("there is room again").hasSize(1);
            assertThat(force.lost("events")).isEqualTo(before);
        }
    }

    /** The code of a record exists once for all rules with one verdict. */
    @Test
    void recordsOfManyRulesNameTheirRules() {
        RunningKernel.needs(6, 1, "choice of errno");
        StringBuilder text = new StringBuilder("policy told\nrequires kernel 6.1\negress {\n");
        for (int i = 0; i < 12; i++) {
            String verdict = List.of("deny", "allow", "deny EACCES").get(i % 3);
            text.append("  %s if remote.port == %d { log because \"rule %d\" }\n".formatted(verdict, 10 + i, i));
        }
        text.append("  default allow\n}\n");
        try (InForce force = InForce.on(cgroup, text.toString());
                Events stream = force.events()) {
            for (int i = 11; i >= 0; i--) {
                CountersKernelTest.connects(two.first(), 1, "127.0.0.1:" + (10 + i));
                int rule = i;
                assertThat(InForce.drain(stream)).singleElement().satisfies(one -> {
                    assertThat(one.event().rule()).isEqualTo(rule);
                    assertThat(one.event().verdict()).isEqualTo(rule % 3 == 1 ? "allow" : "deny");
                    assertThat(fields(one)).containsEntry("remote.port", Integer.toString(10 + rule));
                    if (rule % 3 == 1) {
                        assertThat(fields(one)).doesNotContainKey("errno");
                    } else {
                        assertThat(fields(one)).containsEntry("errno", rule % 3 == 0 ? "EPERM" : "EACCES");
                    }
                });
            }
        }
    }

    /**
     * Compares run times of the program, as counted by the kernel. It uses the least of several
     * rounds, which excludes other load on the machine.
     */
    @Test
    void verdictsDoNotBlockWithoutAReader() {
        String text = """
                policy told
                on connect4 {
                  deny if remote.port == 7 { log }
                  default allow
                }
                """;
        try (InForce force = InForce.on(cgroup, text);
                Fd counting = RunTime.counting();
                Fd program = force.program(Hook.CONNECT4)) {
            assertThat(counting.number()).isPositive();
            double room;
            try (Events stream = force.events()) {
                room = leastTime(
                        program, BATCH, () -> assertThat(InForce.drain(stream)).hasSize(BATCH));
            }
            assertThat(force.lost("events")).as("read before it was full").isZero();
            CountersKernelTest.connects(two.first(), BATCH * 5, "127.0.0.1:7");
            long lost = force.lost("events");
            assertThat(lost).as("full from here on").isPositive();
            double full = leastTime(program, BATCH, () -> {});
            System.out.printf("a denial with a record takes %.0f ns, and %.0f ns where the ring is full%n", room, full);
            assertThat(force.lost("events") - lost).as("of each denial").isEqualTo(ROUNDS * BATCH);
            assertThat(full).isPositive().isLessThan(room * MUCH);
        }
    }

    private double leastTime(Fd program, long denials, Runnable then) {
        double least = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            RunTime before = RunTime.of(program);
            Caller.Tally tally = CountersKernelTest.connects(two.first(), denials, "127.0.0.1:7");
            RunTime after = RunTime.of(program);
            assertThat(tally).isEqualTo(new Caller.Tally(denials, 0, denials));
            assertThat(after.runs() - before.runs()).isEqualTo(denials);
            least = Math.min(least, after.eachSince(before));
            then.run();
        }
        return least;
    }

    @Test
    void theNextRecordReportsSuppressedOnes() throws InterruptedException {
        String text = """
                policy told
                egress {
                  deny if remote.port == 7 { log at most 5/s }
                  default allow
                }
                """;
        try (InForce force = InForce.on(cgroup, text);
                Events stream = force.events()) {
            long begin = force.bootTime();
            long denied = two.both(caller -> CountersKernelTest.connects(caller, DENIALS / 20, "127.0.0.1:7"))
                    .denied();
            Thread.sleep(1_500);
            denied += CountersKernelTest.connects(two.first(), 1, "127.0.0.1:7").denied();
            List<Events.Explained> records = InForce.drain(stream);
            long suppressed =
                    records.stream().mapToLong(one -> one.event().suppressed()).sum();
            assertThat((long) records.size()).isBetween(6L, 6 + (force.bootTime() - begin) * 5 / 1_000_000_000);
            assertThat(records.size() + suppressed).isEqualTo(denied).isEqualTo(DENIALS / 20 * 2 + 1);
            assertThat(force.lost("events")).isZero();
        }
    }

    @Test
    void aRecordHasTheCallerTheRequestAndTheRule() {
        String text = """
                policy told
                egress {
                  deny if remote.port == 7 { log because "seven" }
                  default allow
                }

                bind {
                  when local.port == 9009 { log }
                  default allow { log because "bound" }
                }
                """;
        try (InForce force = InForce.on(cgroup, text);
                Events stream = force.events()) {
            Caller caller = two.first().as(1000).of(2000);
            long fd = caller.udp(4);
            long begin = force.bootTime();
            assertThat(caller.connect(fd, "127.0.0.1:7")).isEqualTo(1);
            Events.Explained one = InForce.drain(stream).get(0);
            assertThat(one.event().time()).isBetween(begin, force.bootTime());
            assertThat(one.event().generation()).isEqualTo(1);
            assertThat(one.event().hook()).isEqualTo("connect4");
            assertThat(one.event().verdict()).isEqualTo("deny");
            assertThat(one.event().monitored()).isFalse();
            assertThat(fields(one))
                    .containsEntry("errno", "EPERM")
                    .containsEntry("uid", "1000")
                    .containsEntry("gid", "2000")
                    .containsEntry("pid", Long.toString(caller.pid()))
                    .containsEntry("cgroup", Long.toString(cgroup.cgroup().id()))
                    .containsEntry("netns", netns(caller, fd, one))
                    .containsEntry("cookie", Long.toString(caller.cookie(fd)))
                    .hasEntrySatisfying("comm", LogKernelTest::isOfAThread)
                    .containsEntry("remote.ip", "127.0.0.1")
                    .containsEntry("remote.port", "7")
                    .containsEntry("proto", "udp")
                    .containsEntry("type", "dgram")
                    .containsEntry("family", "inet")
                    .doesNotContainKeys("local.ip", "local.port");
            assertThat(one.rule().orElseThrow().toString()).contains("state.wall", "seven");
            assertThat(one.rule().orElseThrow().line()).isEqualTo(3);
            assertThat(caller.bind(fd, "127.0.0.1:9009")).isZero();
            List<Events.Explained> bound = InForce.drain(stream);
            assertThat(bound).extracting(each -> each.event().verdict()).containsExactly("none", "allow");
            assertThat(bound)
                    .extracting(each -> each.rule().orElseThrow().line())
                    .containsExactly(8, 9);
            assertThat(fields(bound.get(1)))
                    .containsEntry("local.ip", "127.0.0.1")
                    .containsEntry("local.port", "9009")
                    .doesNotContainKeys("remote.ip", "remote.port", "errno");
            assertThat(caller.connect(caller.udp(6), "[::1]:7")).isEqualTo(1);
            assertThat(fields(InForce.drain(stream).get(0)))
                    .containsEntry("remote.ip", "::1")
                    .containsEntry("family", "inet6");
        }
    }

    /**
     * Returns the cookie of the socket's network namespace as the kernel reports it; before 5.14,
     * which does not, the recorded one.
     */
    private static String netns(Caller caller, long fd, Events.Explained one) {
        String recorded = String.valueOf(fields(one).get("netns"));
        assertThat(recorded).isNotEqualTo("0").matches("[0-9]+");
        return RunningKernel.atLeast(5, 14) ? Long.toUnsignedString(caller.netns(fd)) : recorded;
    }

    /**
     * Checks for a default thread name: a JVM passes thread names to the kernel, and a
     * {@link CallServer} does not name its threads.
     */
    private static void isOfAThread(String comm) {
        assertThat(comm).matches("Thread-[0-9]+");
    }

    @Test
    void recordsHaveTheSocketsCreatorIfKnown() {
        String stamping = """
                policy told
                packets egress { deny if remote.port == 9 { log }; deny if uid == 4242; default allow }
                on sock_ops { when tcp_connect { log } }
                """;
        Caller caller = two.first();
        long listener = caller.listener(caller.tcp(4), "127.0.0.1:9100");
        long oldDatagrams = caller.udp(4);
        long oldStream = caller.tcp(4);
        try (InForce force = InForce.on(cgroup, stamping);
                Events stream = force.events()) {
            hasNoCreator(packet(caller, stream, oldDatagrams))
                    .containsEntry("cookie", cookie(caller, oldDatagrams))
                    .containsEntry("cgroup", Long.toString(cgroup.cgroup().id()));
            hasNoCreator(event(caller, stream, oldStream))
                    .containsEntry("cookie", cookie(caller, oldStream))
                    .doesNotContainKey("cgroup");
            caller.as(1000).of(2000);
            long datagrams = caller.udp(4);
            long tcp = caller.tcp(4);
            caller.as(0).of(0);
            hasCreator(packet(caller, stream, datagrams), caller).containsEntry("cookie", cookie(caller, datagrams));
            hasCreator(event(caller, stream, tcp), caller).containsEntry("cookie", cookie(caller, tcp));
            force.upgrade(stamping.replace("deny if uid == 4242; ", ""));
            hasNoCreator(packet(caller, stream, datagrams));
            hasNoCreator(packet(caller, stream, caller.udp(4)));
            hasNoCreator(event(caller, stream, caller.tcp(4)));
        }
        caller.close(listener);
    }

    private static String cookie(Caller caller, long fd) {
        return Long.toString(caller.cookie(fd));
    }

    private static Map<String, String> packet(Caller caller, Events stream, long fd) {
        assertThat(caller.send(fd, "12345", "127.0.0.1:9")).isEqualTo(-1);
        return only(stream, "skb_egress");
    }

    private static Map<String, String> event(Caller caller, Events stream, long fd) {
        assertThat(caller.connect(fd, "127.0.0.1:9100")).isZero();
        return only(stream, "sock_ops");
    }

    private static MapAssert<String, String> hasNoCreator(Map<String, String> fields) {
        return assertThat(fields).doesNotContainKeys("uid", "gid", "pid", "netns", "comm");
    }

    private MapAssert<String, String> hasCreator(Map<String, String> fields, Caller caller) {
        return assertThat(fields)
                .containsEntry("uid", "1000")
                .containsEntry("gid", "2000")
                .containsEntry("pid", Long.toString(caller.pid()))
                .containsEntry("cgroup", Long.toString(cgroup.cgroup().id()))
                .containsKey("netns")
                .hasEntrySatisfying("comm", LogKernelTest::isOfAThread);
    }

    @Test
    void everyKindOfRequestIsLoggedWithItsFields() {
        String text = """
                policy told
                devices { deny if dev == char 1:3 and write { log }; default allow }
                sysctl  { deny if name == "kernel/domainname" and write { log }; default allow }
                sockopt { deny if option == SO_MARK { log }; default allow }
                packets egress { deny if remote.port == 9 and uid == 0 { log }; default allow }
                on sock_ops { when tcp_connect { log } }
                """;
        try (InForce force = InForce.on(cgroup, text);
                Events stream = force.events()) {
            Caller caller = two.first();
            assertThat(open(caller, "/dev/null", 1)).isEqualTo(-1);
            assertThat(only(stream, "device"))
                    .containsEntry("type", "char")
                    .containsEntry("major", "1")
                    .containsEntry("minor", "3")
                    .containsEntry("access", "w");
            long sysctl = open(caller, "/proc/sys/kernel/domainname", 1);
            assertThat(caller.call(Call.WRITE, sysctl, new byte[] {'x'}, 1).result())
                    .isEqualTo(-1);
            assertThat(only(stream, "sysctl")).containsEntry("write", "1").containsEntry("name", "kernel/domainname");
            long fd = caller.udp(4);
            byte[] mark = {77, 0, 0, 0};
            assertThat(caller.call(Call.SETSOCKOPT, fd, 1, 36, mark, 4).result())
                    .isEqualTo(-1);
            assertThat(only(stream, "setsockopt"))
                    .containsEntry("write", "1")
                    .containsEntry("level", "1")
                    .containsEntry("optname", "36")
                    .containsEntry("optlen", "4")
                    .containsEntry("optval", "77")
                    .doesNotContainKey("retval");
            assertThat(caller.send(fd, "12345", "127.0.0.1:9")).isEqualTo(-1);
            assertThat(only(stream, "skb_egress"))
                    .containsEntry("remote.ip", "127.0.0.1")
                    .containsEntry("remote.port", "9")
                    .containsEntry("local.port", Integer.toString(caller.port(fd)))
                    .containsEntry("length", "33")
                    .containsEntry("pid", Long.toString(caller.pid()));
            caller.listener(caller.tcp(4), "127.0.0.1:9100");
            long connected = caller.tcp(4);
            assertThat(caller.connect(connected, "127.0.0.1:9100")).isZero();
            assertThat(only(stream, "sock_ops"))
                    .containsEntry("event", "tcp_connect")
                    .containsEntry("remote.port", "9100")
                    .containsEntry("cookie", Long.toString(caller.cookie(connected)))
                    .containsEntry("local.port", Integer.toString(caller.port(connected)));
        }
    }

    @Test
    void unixSocketsAreLoggedWithTheirPaths() {
        RunningKernel.needs(6, 7, "hooks of Unix sockets");
        String text = """
                policy told
                requires kernel 6.7
                on connect_unix {
                  deny if path prefix "/run/told" { log }
                  default allow
                }
                """;
        try (InForce force = InForce.on(cgroup, text);
                Events stream = force.events()) {
            Caller caller = two.first();
            long fd = caller.call(Call.SOCKET, 1, 1, 0).result();
            byte[] address = "\1\0/run/told.sock\0".getBytes(StandardCharsets.ISO_8859_1);
            assertThat(caller.call(Call.CONNECT, fd, address, address.length).result())
                    .isEqualTo(-1);
            assertThat(only(stream, "connect_unix"))
                    .containsEntry("path", "/run/told.sock")
                    .containsEntry("type", "stream")
                    .containsEntry("errno", "EPERM")
                    .containsEntry("pid", Long.toString(caller.pid()));
        }
    }

    @Test
    void getsockoptIsLoggedWithTheKernelsResult() {
        String text = """
                policy told
                on getsockopt {
                  deny if option == SO_TYPE { log }
                  default allow
                }
                """;
        try (InForce force = InForce.on(cgroup, text);
                Events stream = force.events()) {
            Caller caller = two.first();
            byte[] four = {4, 0, 0, 0};
            assertThat(caller.call(Call.GETSOCKOPT, caller.udp(4), 1, 3, new byte[4], four)
                            .result())
                    .isEqualTo(-1);
            assertThat(only(stream, "getsockopt"))
                    .containsEntry("write", "0")
                    .containsEntry("level", "1")
                    .containsEntry("optname", "3")
                    .containsEntry("optlen", "4")
                    .containsEntry("optval", "2")
                    .containsEntry("retval", "0");
        }
    }

    private static long open(Caller caller, String path, int flags) {
        byte[] name = (path + "\0").getBytes(StandardCharsets.UTF_8);
        return caller.call(Call.OPENAT, -100, name, flags, 0).result();
    }

    private static Map<String, String> only(Events stream, String hook) {
        List<Events.Explained> records = InForce.drain(stream);
        assertThat(records).as(hook).hasSize(1);
        assertThat(records.get(0).event().hook()).isEqualTo(hook);
        return fields(records.get(0));
    }

    /** Returns the fields of a record as they are printed. */
    private static Map<String, String> fields(Events.Explained one) {
        Map<String, String> texts = new TreeMap<>();
        one.event().fields().forEach((name, value) -> texts.put(name, value.toString()));
        return texts;
    }
}
