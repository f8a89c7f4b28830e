// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.sys.Call;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/** A test of the original destination that a proxy reads, with real connections. */
@KernelTest
class OriginalDestinationKernelTest {
    private static final long ECONNREFUSED = 111;
    private static final int IP = 0;
    private static final int IPV6 = 41;
    private static final int IN = 16;
    private static final int IN6 = 28;

    /** Options at level IPPROTO_TCP of include/uapi/linux/tcp.h. */
    private static final int IPPROTO_TCP = 6;

    private static final int TCP_DEFER_ACCEPT = 9;
    private static final int TCP_REPAIR = 19;
    private static final int TCP_REPAIR_QUEUE = 20;
    private static final int TCP_QUEUE_SEQ = 21;
    private static final int TCP_SEND_QUEUE = 2;

    private static final String REDIRECTING = """
            policy led
            answer SO_ORIGINAL_DST

            table by_port [remote.port] within { 127.0.0.0/8 } : 1..65535 max 16 default 127.0.0.1:3128

            egress {
              allow if remote.ip in { 127.0.0.0/8, ::1 }
              redirect 127.0.0.1:3128 if remote.ip in { 192.0.2.0/24, 2001:db8::4 }
              redirect [::1]:3128     if remote.ip in { 198.51.100.6, 2001:db8::1 }
              redirect by_port        if remote.ip == 203.0.113.80
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

    private static long listener(Caller of, int family, String at) {
        return of.listener(of.tcp(family), at);
    }

    /**
     * Returns the kernel's own answer about a direct connection to this socket, which depends on
     * connection tracking.
     */
    private String kernels(Caller of, long listener, int level, int room) {
        long direct = of.tcp(of.own(listener).startsWith("[") ? 6 : 4);
        assertThat(of.connect(direct, of.own(listener))).isZero();
        long accepted = of.accept(listener);
        String answer = of.original(accepted, level, room);
        assertThat(answer).startsWith("-").doesNotContain("over");
        of.close(direct);
        of.close(accepted);
        return answer;
    }

    private String kernels(long listener, int level, int room) {
        return kernels(caller, listener, level, room);
    }

    private long accepted(int family, String to, long listener) {
        long fd = caller.tcp(family);
        assertThat(caller.connect(fd, to)).as(to).isZero();
        return caller.accept(listener);
    }

    @Test
    void theProxyReadsTheOriginalDestination() {
        try (InForce force = InForce.on(cgroup, REDIRECTING)) {
            long four = listener(caller, 4, "127.0.0.1:3128");
            long six = listener(caller, 6, "[::1]:3128");
            assertThat(caller.original(accepted(4, "192.0.2.1:80", four), IP, IN))
                    .isEqualTo("16 192.0.2.1:80");
            assertThat(caller.original(accepted(6, "[::ffff:192.0.2.2]:65535", four), IP, IN))
                    .isEqualTo("16 192.0.2.2:65535");
            assertThat(caller.original(accepted(6, "[2001:db8::1]:443", six), IPV6, IN6))
                    .isEqualTo("28 [2001:db8:0:0:0:0:0:1]:443");
            force.entry("by_port", "7", "=", "127.0.0.1:3128");
            assertThat(caller.original(accepted(4, "203.0.113.80:7", four), IP, IN))
                    .isEqualTo("16 203.0.113.80:7");
        }
    }

    @Test
    void theOptionLevelSelectsTheAddressFormat() {
        try (InForce force = InForce.on(cgroup, REDIRECTING)) {
            long four = listener(caller, 4, "127.0.0.1:3128");
            long six = listener(caller, 6, "[::1]:3128");
            String small = kernels(four, IP, IN - 1);
            String tiny = kernels(four, IP, 1);
            String small6 = kernels(six, IPV6, IN6 - 1);
            String plain = kernels(four, IP, IN);
            long v4 = accepted(4, "192.0.2.1:80", four);
            assertThat(caller.original(v4, IP, 128)).isEqualTo("16 192.0.2.1:80");
            assertThat(caller.original(v4, IP, 4096)).isEqualTo("16 192.0.2.1:80");
            assertThat(caller.original(v4, IP, 5000)).isEqualTo("16 192.0.2.1:80");
            assertThat(caller.original(v4, IP, IN - 1)).as("no room").isEqualTo(small);
            assertThat(caller.original(v4, IP, 1)).isEqualTo(tiny);
            long mapped = accepted(6, "[::ffff:198.51.100.6]:80", six);
            assertThat(caller.original(mapped, IPV6, IN6)).isEqualTo("28 [::ffff:198.51.100.6]:80");
            assertThat(caller.original(mapped, IPV6, IN6 - 1)).isEqualTo(small6);
            assertThat(caller.original(mapped, IP, IN)).isEqualTo("16 198.51.100.6:80");
            long crossed = accepted(6, "[2001:db8::4]:80", four);
            assertThat(caller.original(crossed, IP, IN))
                    .as("no v6 in a sockaddr_in")
                    .isEqualTo(plain);
            assertThat(caller.original(crossed, IP, 128)).isEqualTo("28 [2001:db8:0:0:0:0:0:4]:80");
        }
    }

    @Test
    void aDualStackListenerReadsTheOriginalDestination() {
        try (InForce force = InForce.on(cgroup, REDIRECTING)) {
            long both = listener(caller, 6, "[::]:3128");
            long v4 = accepted(4, "192.0.2.1:80", both);
            assertThat(caller.own(v4)).isEqualTo("[::ffff:127.0.0.1]:3128");
            assertThat(caller.original(v4, IP, IN)).isEqualTo("16 192.0.2.1:80");
            long mapped = accepted(6, "[::ffff:192.0.2.1]:81", both);
            assertThat(caller.original(mapped, IP, IN)).isEqualTo("16 192.0.2.1:81");
            assertThat(caller.original(accepted(6, "[2001:db8::4]:82", both), IPV6, IN6))
                    .isEqualTo("28 [2001:db8:0:0:0:0:0:4]:82");
        }
    }

    @Test
    void socketsWithoutARedirectGetTheKernelsResult() {
        try (InForce force = InForce.on(cgroup, REDIRECTING)) {
            long four = listener(caller, 4, "127.0.0.1:3128");
            String plain = kernels(four, IP, IN);
            String asSix = kernels(four, IPV6, IN6);
            String listens = caller.original(four, IP, IN);
            String unconnected = caller.original(caller.tcp(4), IP, IN);
            String datagrams = caller.original(caller.udp(4), IP, IN);
            long before = accepted(4, "192.0.2.1:80", four);
            long direct = accepted(4, "127.0.0.1:3128", four);
            assertThat(caller.original(direct, IP, IN)).isEqualTo(plain);
            assertThat(caller.original(direct, IPV6, IN6)).isEqualTo(asSix);
            assertThat(caller.original(four, IP, IN)).as("the listener").isEqualTo(listens);
            long client = caller.tcp(4);
            assertThat(caller.connect(client, "192.0.2.9:80")).isZero();
            assertThat(caller.original(client, IP, IN)).as("the client").isEqualTo(plain);
            assertThat(caller.original(caller.tcp(4), IP, IN)).isEqualTo(unconnected);
            assertThat(caller.original(caller.udp(4), IP, IN))
                    .as("a datagram socket")
                    .isEqualTo(datagrams);
            assertThat(caller.original(before, IP, IN)).isEqualTo("16 192.0.2.1:80");
        }
    }

    @Test
    void theOriginalDestinationOutlivesTheClientButNotTheSocket() {
        try (InForce force = InForce.on(cgroup, REDIRECTING)) {
            long four = listener(caller, 4, "127.0.0.1:3128");
            String plain = kernels(four, IP, IN);
            long gone = caller.tcp(4);
            assertThat(caller.bind(gone, "127.0.0.1:41000")).isZero();
            assertThat(caller.connect(gone, "192.0.2.1:80")).isZero();
            reset(caller, gone);
            long late = caller.accept(four);
            assertThat(caller.original(late, IP, IN)).as("accepted late").isEqualTo("16 192.0.2.1:80");
            caller.close(late);
            assertThat(force.entries("ringwall_handover")).isZero();
            long again = caller.tcp(4);
            assertThat(caller.bind(again, "127.0.0.1:41000")).isZero();
            assertThat(caller.connect(again, "127.0.0.1:3128")).isZero();
            assertThat(caller.original(caller.accept(four), IP, IN))
                    .as("the same ends, not led there")
                    .isEqualTo(plain);
        }
    }

    /** Closes with SO_LINGER of zero seconds, so that no TIME_WAIT socket remains. */
    private static void reset(Caller of, long fd) {
        of.call(Call.SETSOCKOPT, fd, 1, 13, new byte[] {1, 0, 0, 0, 0, 0, 0, 0}, 8);
        of.close(fd);
    }

    @Test
    void eachConnectionHasItsOwnOriginalDestination() {
        try (InForce force = InForce.on(cgroup, REDIRECTING)) {
            long four = listener(caller, 4, "127.0.0.1:3128");
            List<Long> clients = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                clients.add(caller.tcp(4));
                assertThat(caller.connect(clients.get(i), "192.0.2." + (i + 1) + ":" + (1000 + i)))
                        .isZero();
            }
            for (int i = 0; i < 60; i++) {
                long accepted = caller.accept(four);
                assertThat(caller.peer(accepted)).isEqualTo(caller.own(clients.get(i)));
                assertThat(caller.original(accepted, IP, IN)).isEqualTo("16 192.0.2." + (i + 1) + ":" + (1000 + i));
            }
            assertThat(force.entries("ringwall_handover")).as("all are taken").isZero();
        }
    }

    @Test
    void failedAndDatagramConnectsLeaveNoEntry() {
        try (InForce force = InForce.on(cgroup, REDIRECTING)) {
            long refused = caller.tcp(4);
            assertThat(caller.connect(refused, "192.0.2.1:80")).isEqualTo(ECONNREFUSED);
            assertThat(caller.connect(caller.udp(4), "192.0.2.1:80")).isZero();
            assertThat(force.entries("ringwall_handover")).isZero();
            long four = listener(caller, 4, "127.0.0.1:3128");
            assertThat(caller.connect(refused, "192.0.2.2:81")).as("once more").isZero();
            assertThat(caller.original(caller.accept(four), IP, IN)).isEqualTo("16 192.0.2.2:81");
        }
    }

    @Test
    void networkNamespacesDistinguishEqualEndpoints() {
        try (Caller other = Caller.in(cgroup.path());
                InForce force = InForce.on(cgroup, REDIRECTING)) {
            long here = listener(caller, 4, "127.0.0.1:3128");
            long there = listener(other, 4, "127.0.0.1:3128");
            long one = caller.tcp(4);
            long two = other.tcp(4);
            assertThat(caller.bind(one, "127.0.0.1:42000")).isZero();
            assertThat(other.bind(two, "127.0.0.1:42000")).isZero();
            assertThat(caller.connect(one, "192.0.2.1:80")).isZero();
            assertThat(other.connect(two, "192.0.2.2:81")).isZero();
            assertThat(caller.original(caller.accept(here), IP, IN)).isEqualTo("16 192.0.2.1:80");
            assertThat(other.original(other.accept(there), IP, IN)).isEqualTo("16 192.0.2.2:81");
        }
    }

    /**
     * Sets the sequence number of the first byte that the socket will send. Repair mode is off
     * again before it connects.
     */
    private static void number(Caller of, long fd, int first) {
        option(of, fd, TCP_REPAIR, 1);
        option(of, fd, TCP_REPAIR_QUEUE, TCP_SEND_QUEUE);
        option(of, fd, TCP_QUEUE_SEQ, first);
        option(of, fd, TCP_REPAIR, 0);
    }

    private static void option(Caller of, long fd, int name, int value) {
        byte[] bytes = ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(value)
                .array();
        assertThat(of.call(Call.SETSOCKOPT, fd, IPPROTO_TCP, name, bytes, bytes.length)
                        .result())
                .as("option " + name)
                .isZero();
    }

    /** Returns a client at port 43000 with the given first sequence number. */
    private static long chosen(Caller of, String to) {
        long client = of.tcp(4);
        number(of, client, 7_000);
        assertThat(of.bind(client, "127.0.0.1:43000")).isZero();
        assertThat(of.connect(client, to)).as(to).isZero();
        return client;
    }

    @Test
    void aForgedConnectionInAnotherNamespaceIsIgnored() {
        try (ChildCgroup inner = cgroup.child();
                Caller victim = Caller.in(inner.path());
                Caller forger = Caller.in(cgroup.path())) {
            long bait = listener(forger, 4, "127.0.0.1:3128");
            move(forger, inner.path());
            try (InForce force = InForce.on(inner, REDIRECTING)) {
                long proxy = listener(victim, 4, "127.0.0.1:3128");
                String plain = kernels(victim, proxy, IP, IN);
                long forged = chosen(forger, "192.0.2.66:80");
                assertThat(forger.accept(bait)).isPositive();
                long direct = chosen(victim, "127.0.0.1:3128");
                assertThat(victim.original(victim.accept(proxy), IP, IN)).isEqualTo(plain);
                forger.close(forged);
                victim.close(direct);
            }
        }
    }

    @Test
    void removesUnclaimedEntriesWhenTheClientCloses() {
        try (ChildCgroup inner = cgroup.child();
                Caller inside = Caller.in(inner.path())) {
            move(inside, cgroup.path());
            long outside = listener(inside, 4, "127.0.0.1:3128");
            move(inside, inner.path());
            try (InForce force = InForce.on(inner, REDIRECTING)) {
                long client = inside.tcp(4);
                assertThat(inside.connect(client, "192.0.2.1:80")).isZero();
                assertThat(inside.send(client, "some bytes")).isPositive();
                assertThat(force.entries("ringwall_handover")).isEqualTo(1);
                reset(inside, client);
                assertThat(force.entries("ringwall_handover")).as("closed").isZero();
                long again = inside.tcp(4);
                assertThat(inside.connect(again, "192.0.2.1:80")).isZero();
                assertThat(force.entries("ringwall_handover")).isEqualTo(1);
                assertThat(inside.call(Call.CONNECT, again, new byte[16], 16).result())
                        .as("AF_UNSPEC")
                        .isZero();
                assertThat(force.entries("ringwall_handover"))
                        .as("disconnected")
                        .isZero();
                assertThat(outside).isPositive();
            }
        }
    }

    /**
     * On 5.10 only stamps identify the network namespace of a connection, and a socket gets its
     * stamp when it is created. From 6.1 on sock_ops reads the namespace's cookie.
     */
    @Test
    void earlierListenersReadTheDestinationSinceKernel61() {
        RunningKernel.needs(6, 1, "bpf_get_netns_cookie at sock_ops");
        long four = listener(caller, 4, "127.0.0.1:3128");
        String plain = kernels(four, IP, IN);
        try (InForce force = InForce.on(cgroup, REDIRECTING)) {
            assertThat(caller.original(accepted(4, "192.0.2.1:80", four), IP, IN))
                    .isEqualTo(plain);
        }
        Settings settings = new Settings(List.of(KernelVersion.V6_1), ByteOrder.nativeOrder(), Map.of());
        BpfObject since = Compiler.compile(new SourceFile("led.wall", REDIRECTING), settings)
                .compilation()
                .orElseThrow()
                .object();
        try (InForce force = InForce.on(cgroup, since, Map.of())) {
            assertThat(caller.original(accepted(4, "192.0.2.1:80", four), IP, IN))
                    .isEqualTo("16 192.0.2.1:80");
        }
    }

    @Test
    void aListenerWithTcpDeferAcceptReadsTheDestination() {
        try (InForce force = InForce.on(cgroup, REDIRECTING)) {
            long four = caller.tcp(4);
            option(caller, four, TCP_DEFER_ACCEPT, 5);
            caller.listener(four, "127.0.0.1:3128");
            long client = caller.tcp(4);
            assertThat(caller.connect(client, "192.0.2.1:80")).isZero();
            assertThat(caller.send(client, "hello")).isPositive();
            caller.close(client);
            assertThat(caller.original(caller.accept(four), IP, IN)).isEqualTo("16 192.0.2.1:80");
            assertThat(force.entries("ringwall_handover")).isZero();
        }
    }

    @Test
    void aDirectConnectDiscardsAFailedRedirect() {
        long refused = caller.tcp(4);
        try (InForce force = InForce.on(cgroup, REDIRECTING)) {
            assertThat(caller.connect(refused, "192.0.2.1:80")).isEqualTo(ECONNREFUSED);
            long four = listener(caller, 4, "127.0.0.1:3128");
            String plain = kernels(four, IP, IN);
            assertThat(caller.connect(refused, "127.0.0.1:3128")).isZero();
            assertThat(caller.original(caller.accept(four), IP, IN)).isEqualTo(plain);
            assertThat(caller.peer(refused)).isEqualTo("127.0.0.1:3128");
        }
    }

    /** The client's socket reports its state changes, which no rule tests. */
    @Test
    void sockOpsRulesDoNotCountStateChanges() {
        String counting = REDIRECTING + """
                counter events [local.port] { n: attempts } max 64
                on sock_ops { when remote.port == 3128 or local.port == 3128 { count events } }
                """;
        try (InForce force = InForce.on(cgroup, counting)) {
            long four = listener(caller, 4, "127.0.0.1:3128");
            long listening = force.sum("events", "n");
            long direct = caller.tcp(4);
            assertThat(caller.connect(direct, "127.0.0.1:3128")).isZero();
            long accepted = caller.accept(four);
            caller.close(direct);
            caller.close(accepted);
            long plain = force.sum("events", "n") - listening;
            long client = caller.tcp(4);
            assertThat(caller.connect(client, "192.0.2.1:80")).isZero();
            accepted = caller.accept(four);
            caller.close(client);
            caller.close(accepted);
            assertThat(plain).isPositive();
            assertThat(force.sum("events", "n") - listening).isEqualTo(2 * plain);
        }
    }

    private static void move(Caller who, Path to) {
        try {
            Files.writeString(to.resolve("cgroup.procs"), Long.toString(who.pid()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aProxyOutsideTheCgroupReadsNoDestination() {
        try (ChildCgroup inner = cgroup.child();
                Caller inside = Caller.in(inner.path())) {
            move(inside, cgroup.path());
            long outside = listener(inside, 4, "127.0.0.1:4000");
            move(inside, inner.path());
            outside(inside, outside, inner);
        }
    }

    private void outside(Caller inside, long outside, ChildCgroup inner) {
        try (InForce force = InForce.on(inner, REDIRECTING)) {
            long proxy = listener(inside, 4, "127.0.0.1:3128");
            String plain = kernels(inside, proxy, IP, IN);
            force.entry("by_port", "9", "=", "127.0.0.1:4000");
            long client = inside.tcp(4);
            assertThat(inside.connect(client, "203.0.113.80:9")).isZero();
            assertThat(inside.original(inside.accept(outside), IP, IN)).isEqualTo(plain);
            assertThat(force.entries("ringwall_handover"))
                    .as("left, and never taken")
                    .isEqualTo(1);
            client = inside.tcp(4);
            assertThat(inside.connect(client, "203.0.113.80:8")).isZero();
            assertThat(inside.original(inside.accept(proxy), IP, IN)).isEqualTo("16 203.0.113.80:8");
        }
    }

    /**
     * Each policy stores the original destination of its own redirect. If two policies redirect one
     * connection, the outer one answers with the destination that the inner one wrote.
     */
    @Test
    void anOuterRedirectReportsTheDestinationOfTheInnerOne() {
        String outer = """
                policy outer
                answer SO_ORIGINAL_DST
                egress {
                  redirect 127.0.0.1:4000 if remote.ip == 127.0.0.1 and remote.port == 3128
                  default allow
                }
                """;
        try (ChildCgroup inner = cgroup.child();
                Caller inside = Caller.in(inner.path())) {
            try (InForce force = InForce.on(inner, REDIRECTING)) {
                force.entry("by_port", "9", "=", "127.0.0.1:5000");
                try (InForce above = InForce.on(cgroup, outer)) {
                    long reached = listener(inside, 4, "127.0.0.1:4000");
                    long elsewhere = listener(inside, 4, "127.0.0.1:5000");
                    String plain = kernels(inside, reached, IP, IN);
                    long twice = through(inside, "192.0.2.1:80", reached);
                    assertThat(inside.original(twice, IP, IN)).isEqualTo("16 127.0.0.1:3128");
                    assertThat(inside.original(through(inside, "203.0.113.80:9", elsewhere), IP, IN))
                            .as("led by the inner one alone")
                            .isEqualTo("16 203.0.113.80:9");
                    assertThat(inside.original(through(inside, "127.0.0.1:3128", reached), IP, IN))
                            .as("led by the outer one alone")
                            .isEqualTo("16 127.0.0.1:3128");
                    above.upgrade(outer.replace("answer SO_ORIGINAL_DST", ""));
                    assertThat(inside.original(twice, IP, IN))
                            .as("the inner one knows nothing of that end")
                            .isEqualTo(plain);
                    assertThat(inside.original(through(inside, "192.0.2.1:80", reached), IP, IN))
                            .isEqualTo(plain);
                }
            }
        }
    }

    private static long through(Caller inside, String to, long listener) {
        assertThat(inside.connect(inside.tcp(4), to)).as(to).isZero();
        return inside.accept(listener);
    }

    @Test
    void anUpgradeKeepsTheOriginalDestination() {
        try (InForce force = InForce.on(cgroup, REDIRECTING)) {
            long four = listener(caller, 4, "127.0.0.1:3128");
            String plain = kernels(four, IP, IN);
            long accepted = accepted(4, "192.0.2.1:80", four);
            force.upgrade(REDIRECTING.replace("default allow", "default deny"));
            assertThat(caller.original(accepted, IP, IN)).isEqualTo("16 192.0.2.1:80");
            force.monitor(60);
            assertThat(caller.original(accepted, IP, IN)).as("monitored").isEqualTo(plain);
            force.enforce();
            assertThat(caller.original(accepted, IP, IN)).isEqualTo("16 192.0.2.1:80");
            force.upgrade(REDIRECTING.replace("answer SO_ORIGINAL_DST", ""));
            assertThat(caller.original(accepted, IP, IN)).isEqualTo(plain);
        }
    }

    @Test
    void itWorksWithRulesAtTheSameHooks() {
        String text = REDIRECTING + """
                counter seen [uid, remote.ip] { n: connections } max 64
                on sock_ops {
                  when active_established or passive_established { count seen; log }
                  when rwnd_init and comm prefix "java" { reply 40 }
                }
                sockopt {
                  deny if option == SO_ORIGINAL_DST and uid == 7 { log because "not you" }
                  deny if option == SO_ORIGINAL_DST and optlen == 4 { log }
                  default allow
                }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            long four = listener(caller, 4, "127.0.0.1:3128");
            for (int i = 1; i <= 5; i++) {
                assertThat(caller.original(accepted(4, "192.0.2." + i + ":80", four), IP, IN))
                        .isEqualTo("16 192.0.2." + i + ":80");
            }
            assertThat(force.sum("seen", "n")).as("both sides of each").isEqualTo(10);
            long accepted = accepted(4, "192.0.2.9:80", four);
            force.records();
            assertThat(caller.as(7).original(accepted, IP, IN)).startsWith("-");
            assertThat(force.records()).hasSize(1);
        }
    }

    @Test
    void aDeniedGetsockoptReturnsNoDestination() {
        String closed = REDIRECTING + """
                sockopt {
                  deny if option == SO_ORIGINAL_DST and uid == 7
                  default allow
                }
                """;
        try (InForce force = InForce.on(cgroup, closed)) {
            long four = listener(caller, 4, "127.0.0.1:3128");
            long accepted = accepted(4, "192.0.2.1:80", four);
            assertThat(caller.original(accepted, IP, IN)).isEqualTo("16 192.0.2.1:80");
            assertThat(caller.as(7).original(accepted, IP, IN)).startsWith("-").doesNotContain("over");
        }
    }
}
