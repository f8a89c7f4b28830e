// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.sys.Call;
import org.ringwall.testkit.KernelTest;

/**
 * A test of the ends that redirected connections and datagrams reach, and of the addresses that the
 * application sees.
 */
@KernelTest
class RedirectKernelTest {
    private static final long EPERM = 1;
    private static final long ECONNREFUSED = 111;
    private static final long ENETUNREACH = 101;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_V6ONLY = 26;
    private static final String REDIRECTING = """
            policy led

            param proxy_port : port in 1024..65535 = 3128
            param proxy_user : uid  in 900..999    = 990

            table spread  [remote.ip, remote.port] within { 127.0.0.0/8 } : 1..65535 max 64 choices 4 default deny
            table usual   [remote.port]            within { 127.0.0.0/8 } : 1..65535 max 4 default 127.0.0.1:3128
            table six     [remote.port]            within { ::1 } : 1..65535 max 4 default [::1]:3128

            egress {
              allow if uid == proxy_user
              redirect 127.0.0.1:proxy_port if remote.ip in { 192.0.2.1, 2001:db8::4 }
              redirect [::1]:proxy_port     if remote.ip in { 192.0.2.6, 2001:db8::1 }
              redirect spread[remote.ip, remote.port] if remote.ip in 198.51.100.0/24
              redirect usual                if remote.ip == 192.0.2.80
              redirect six                  if remote.ip == 2001:db8::80
              default allow
            }
            """;

    /** An outer policy that redirects what inner policies have redirected. */
    private static final String REDIRECTING_AGAIN = """
            policy on
            egress {
              redirect 127.0.0.1:4000 if remote.ip == 127.0.0.1 and remote.port == 3128
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

    /** Returns a socket bound to this port of loopback, v4 or v6. */
    private long listener(boolean tcp, int family, String at) {
        return caller.listener(tcp ? caller.tcp(family) : caller.udp(family), at);
    }

    /** Connects, and returns the address that each end sees: `PEER, ACCEPTED AT`. */
    private String redirected(int family, String to, long listener) {
        long fd = caller.tcp(family);
        assertThat(caller.connect(fd, to)).as(to).isZero();
        long accepted = caller.accept(listener);
        String own = caller.own(fd);
        assertThat(caller.peer(accepted)).as("who has come").isEqualTo(unmapped(own));
        String seen = caller.peer(fd) + ", " + caller.own(accepted);
        caller.send(fd, "there");
        assertThat(caller.receive(accepted)).startsWith("there from");
        caller.send(accepted, "back");
        assertThat(caller.receive(fd)).startsWith("back from");
        caller.close(fd);
        caller.close(accepted);
        return seen;
    }

    /** Returns the address as a v4 socket has it. */
    private static String unmapped(String end) {
        return end.startsWith("[::ffff:") ? end.substring("[::ffff:".length()).replace("]", "") : end;
    }

    private long refusal(int family, String to) {
        long fd = caller.tcp(family);
        long errno = caller.connect(fd, to);
        caller.close(fd);
        return errno;
    }

    @Test
    void connectionsReachTheProxyAndShowTheOriginalPeer() {
        long four = listener(true, 4, "127.0.0.1:3128");
        long six = listener(true, 6, "[::1]:3128");
        long other = listener(true, 4, "127.0.0.1:4000");
        try (InForce force = InForce.on(cgroup, REDIRECTING)) {
            assertThat(redirected(4, "192.0.2.1:80", four)).isEqualTo("192.0.2.1:80, 127.0.0.1:3128");
            assertThat(redirected(6, "[::ffff:192.0.2.1]:81", four)).isEqualTo("[::ffff:192.0.2.1]:81, 127.0.0.1:3128");
            assertThat(redirected(6, "[2001:db8::1]:80", six))
                    .isEqualTo("[2001:db8:0:0:0:0:0:1]:80, [0:0:0:0:0:0:0:1]:3128");
            assertThat(redirected(6, "[2001:db8::4]:80", four)).isEqualTo("[2001:db8:0:0:0:0:0:4]:80, 127.0.0.1:3128");
            assertThat(redirected(4, "192.0.2.80:7", four)).isEqualTo("192.0.2.80:7, 127.0.0.1:3128");
            assertThat(redirected(6, "[2001:db8::80]:7", six))
                    .isEqualTo("[2001:db8:0:0:0:0:0:80]:7, [0:0:0:0:0:0:0:1]:3128");
            assertThat(refusal(4, "192.0.2.6:80")).as("v6 for a v4 call").isEqualTo(EPERM);
            assertThat(redirected(6, "[::ffff:192.0.2.6]:80", six))
                    .isEqualTo("[::ffff:192.0.2.6]:80, [0:0:0:0:0:0:0:1]:3128");
            assertThat(redirected(4, "127.0.0.1:4000", other))
                    .as("another one")
                    .isEqualTo("127.0.0.1:4000, 127.0.0.1:4000");
            force.entry("usual", "7", "=", "127.0.0.1:4000");
            assertThat(redirected(4, "192.0.2.80:7", other)).isEqualTo("192.0.2.80:7, 127.0.0.1:4000");
            assertThat(redirected(4, "192.0.2.80:8", four)).isEqualTo("192.0.2.80:8, 127.0.0.1:3128");
            force.upgrade(REDIRECTING, java.util.Map.of("proxy_port", "4000"));
            assertThat(redirected(4, "192.0.2.1:80", other)).isEqualTo("192.0.2.1:80, 127.0.0.1:4000");
            assertThat(redirected(4, "192.0.2.80:7", other))
                    .as("the entry is kept")
                    .isEqualTo("192.0.2.80:7, 127.0.0.1:4000");
        }
        long before = caller.tcp(4);
        assertThat(caller.connect(before, "127.0.0.1:4000")).isZero();
        try (InForce force = InForce.on(cgroup, REDIRECTING)) {
            assertThat(caller.peer(before)).as("a socket from before").isEqualTo("127.0.0.1:4000");
        }
    }

    @Test
    void theProxyIsExemptFromRedirection() throws IOException {
        long four = listener(true, 4, "127.0.0.1:3128");
        long real = listener(true, 4, "127.9.9.9:80");
        String text = """
                policy led
                param proxy : cgroup in 1..0xffffffffffffffff = 1
                egress {
                  allow if uid == 990
                  allow if cgroup == proxy
                  redirect 127.0.0.1:3128 if remote.ip == 127.9.9.9
                  default allow
                }
                """;
        try (ChildCgroup proxy = cgroup.child();
                InForce force = InForce.on(cgroup, text)) {
            force.upgrade(
                    text, java.util.Map.of("proxy", Long.toString(proxy.cgroup().id())));
            assertThat(redirected(4, "127.9.9.9:80", four)).isEqualTo("127.9.9.9:80, 127.0.0.1:3128");
            caller.as(990);
            assertThat(redirected(4, "127.9.9.9:80", real)).isEqualTo("127.9.9.9:80, 127.9.9.9:80");
            caller.as(0);
            move(proxy.path());
            assertThat(redirected(4, "127.9.9.9:80", real)).isEqualTo("127.9.9.9:80, 127.9.9.9:80");
            move(cgroup.path());
            assertThat(redirected(4, "127.9.9.9:80", four)).isEqualTo("127.9.9.9:80, 127.0.0.1:3128");
        }
    }

    private void move(Path to) throws IOException {
        Files.writeString(to.resolve("cgroup.procs"), Long.toString(caller.pid()));
    }

    @Test
    void missingEntriesDenyAndChoicesUseTheSocketCookie() {
        List<Long> listeners = IntStream.range(0, 4)
                .mapToObj(i -> listener(true, 4, "127.0.0.1:" + (7000 + i)))
                .toList();
        try (InForce force = InForce.on(cgroup, REDIRECTING)) {
            assertThat(refusal(4, "198.51.100.7:80")).isEqualTo(EPERM);
            for (int n = 1; n <= 4; n++) {
                List<String> words = new java.util.ArrayList<>(List.of("198.51.100.7", "80", "="));
                IntStream.range(7000, 7000 + n).forEach(port -> words.add("127.0.0.1:" + port));
                force.entry("spread", words.toArray(String[]::new));
                TreeSet<Integer> taken = new TreeSet<>();
                for (int i = 0; i < 40; i++) {
                    taken.add(choice(n, listeners));
                }
                assertThat(taken).as("of " + n).hasSize(n);
            }
            assertThat(refusal(4, "198.51.100.7:81")).isEqualTo(EPERM);
            force.dropEntry("spread", "198.51.100.7", "80");
            assertThat(refusal(4, "198.51.100.7:80")).isEqualTo(EPERM);
        }
    }

    private int choice(int of, List<Long> listeners) {
        long fd = caller.tcp(4);
        int expected = (int) ((caller.cookie(fd) * 2_654_435_761L & 0xffff_ffffL) * of >>> 32);
        assertThat(caller.connect(fd, "198.51.100.7:80")).isZero();
        long accepted = caller.accept(listeners.get(expected));
        assertThat(caller.peer(accepted)).isEqualTo(caller.own(fd));
        assertThat(caller.peer(fd)).isEqualTo("198.51.100.7:80");
        caller.close(fd);
        caller.close(accepted);
        return expected;
    }

    @Test
    void datagramsAreRedirectedAndRepliesShowTheOriginalAddress() {
        long four = listener(false, 4, "127.0.0.1:3128");
        long six = listener(false, 6, "[::1]:3128");
        try (InForce force = InForce.on(cgroup, REDIRECTING)) {
            datagram(caller.udp(4), "192.0.2.1:53", four, "192.0.2.1:53");
            datagram(caller.udp(6), "[::ffff:192.0.2.1]:53", four, "[::ffff:192.0.2.1]:53");
            datagram(caller.udp(6), "[2001:db8::1]:53", six, "[2001:db8:0:0:0:0:0:1]:53");
            assertThat(caller.send(caller.udp(6), "x", "[2001:db8::4]:53"))
                    .as("v4 where sendto has a v6 address")
                    .isEqualTo(-EPERM);
            assertThat(caller.send(caller.udp(4), "x", "192.0.2.6:53")).isEqualTo(-EPERM);
            datagram(caller.udp(4), "127.0.0.1:3128", four, "127.0.0.1:3128");
            connected(4, "192.0.2.1:53", four, "192.0.2.1:53");
            connected(6, "[2001:db8::1]:53", six, "[2001:db8:0:0:0:0:0:1]:53");
            connected(6, "[2001:db8::4]:53", four, "[2001:db8:0:0:0:0:0:4]:53");
            connected(4, "127.0.0.1:3128", four, "127.0.0.1:3128");
        }
    }

    private void datagram(long fd, String to, long server, String seen) {
        assertThat(caller.send(fd, "ask", to)).as(to).isEqualTo(3);
        answer(fd, server);
        assertThat(caller.receive(fd)).isEqualTo("answer from " + seen);
    }

    private void connected(int family, String to, long server, String seen) {
        long fd = caller.udp(family);
        assertThat(caller.connect(fd, to)).as(to).isZero();
        assertThat(caller.peer(fd)).isEqualTo(seen);
        assertThat(caller.send(fd, "ask")).isEqualTo(3);
        answer(fd, server);
        assertThat(caller.receive(fd)).isEqualTo("answer from " + seen);
    }

    /**
     * Receives a datagram at the server, checks the sender's port, and replies to its source
     * address.
     */
    private void answer(long fd, long server) {
        String asked = caller.receive(server);
        assertThat(asked).startsWith("ask from ").endsWith(":" + caller.port(fd));
        assertThat(caller.send(server, "answer", asked.substring("ask from ".length())))
                .isEqualTo(6);
    }

    @Test
    void aSocketRemembersItsLastFourDestinations() {
        List<Long> servers = IntStream.range(0, 5)
                .mapToObj(i -> listener(false, 4, "127.0.0.1:" + (5300 + i)))
                .toList();
        try (InForce force = InForce.on(cgroup, REDIRECTING)) {
            for (int i = 0; i < 5; i++) {
                force.entry("spread", "198.51.100." + (10 + i), "53", "=", "127.0.0.1:" + (5300 + i));
                force.entry("spread", "198.51.100." + (20 + i), "53", "=", "127.0.0.1:" + (5300 + i));
            }
            long fd = caller.udp(4);
            IntStream.range(0, 5).forEach(i -> caller.send(fd, "ask", "198.51.100." + (10 + i) + ":53"));
            servers.forEach(server -> answer(fd, server));
            assertThat(caller.receive(fd)).as("the fifth pushed it out").isEqualTo("answer from 127.0.0.1:5300");
            for (int i = 1; i < 5; i++) {
                assertThat(caller.receive(fd)).isEqualTo("answer from 198.51.100." + (10 + i) + ":53");
            }
            caller.send(fd, "ask", "198.51.100.23:53");
            answer(fd, servers.get(3));
            assertThat(caller.receive(fd)).as("in place of the older").isEqualTo("answer from 198.51.100.23:53");
            for (int i = 1; i < 5; i++) {
                caller.send(servers.get(i), "answer", "127.0.0.1:" + caller.port(fd));
                assertThat(caller.receive(fd))
                        .as("nothing else was pushed out")
                        .isEqualTo("answer from 198.51.100." + (i == 3 ? 23 : 10 + i) + ":53");
            }
            long another = caller.udp(4);
            caller.send(another, "ask", "127.0.0.1:5301");
            answer(another, servers.get(1));
            assertThat(caller.receive(another)).as("each socket for itself").isEqualTo("answer from 127.0.0.1:5301");
        }
    }

    @Test
    void ancestorPoliciesCheckTheRedirectedAddress() {
        String above = """
                policy above
                egress {
                  deny if remote.ip == 127.0.0.1 and remote.port == 3128
                  deny if remote.ip == 192.0.2.81
                  default allow
                }
                """;
        try (ChildCgroup inner = cgroup.child();
                Caller inside = Caller.in(inner.path());
                InForce upper = InForce.on(cgroup, above);
                InForce force = InForce.on(inner, REDIRECTING)) {
            assertThat(inside.connect(inside.tcp(4), "192.0.2.1:80"))
                    .as("what is written")
                    .isEqualTo(EPERM);
            assertThat(inside.send(inside.udp(4), "x", "192.0.2.1:80")).isEqualTo(-EPERM);
            assertThat(inside.connect(inside.tcp(4), "192.0.2.80:80")).isEqualTo(EPERM);
            force.entry("usual", "80", "=", "127.0.0.1:5000");
            assertThat(inside.connect(inside.tcp(4), "192.0.2.80:80")).isEqualTo(ECONNREFUSED);
        }
    }

    /**
     * An outer policy redirects again what an inner one has redirected. getpeername(2) returns the
     * destination that the outer one replaced.
     */
    @Test
    void aRedirectOfAnAncestorSeesTheRedirectedAddress() {
        try (ChildCgroup inner = cgroup.child();
                Caller inside = Caller.in(inner.path());
                InForce outer = InForce.on(cgroup, REDIRECTING_AGAIN);
                InForce force = InForce.on(inner, REDIRECTING)) {
            long reached = inside.listener(inside.tcp(4), "127.0.0.1:4000");
            long fd = inside.tcp(4);
            assertThat(inside.connect(fd, "192.0.2.1:80")).isZero();
            long accepted = inside.accept(reached);
            assertThat(inside.peer(accepted)).isEqualTo(inside.own(fd));
            assertThat(inside.peer(fd)).as("what the outer one was asked for").isEqualTo("127.0.0.1:3128");
            datagramsRedirectedTwice(inside);
            outer.upgrade(REDIRECTING_AGAIN.replace("redirect", "deny if remote.port == 1\n  redirect"));
            assertThat(inside.peer(fd)).isEqualTo("127.0.0.1:3128");
            force.entry("usual", "7", "=", "127.0.0.1:5000");
            long elsewhere = inside.listener(inside.tcp(4), "127.0.0.1:5000");
            long once = inside.tcp(4);
            assertThat(inside.connect(once, "192.0.2.80:7")).isZero();
            assertThat(inside.peer(inside.accept(elsewhere))).isEqualTo(inside.own(once));
            assertThat(inside.peer(once)).as("led by the inner one alone").isEqualTo("192.0.2.80:7");
        }
    }

    private static void datagramsRedirectedTwice(Caller inside) {
        long server = inside.listener(inside.udp(4), "127.0.0.1:4000");
        long fd = inside.udp(4);
        assertThat(inside.send(fd, "ask", "192.0.2.1:53")).isEqualTo(3);
        String asked = inside.receive(server);
        assertThat(asked).isEqualTo("ask from 127.0.0.1:" + inside.port(fd));
        assertThat(inside.send(server, "answer", asked.substring("ask from ".length())))
                .isEqualTo(6);
        assertThat(inside.receive(fd)).isEqualTo("answer from 127.0.0.1:3128");
    }

    /**
     * Dual-stack sockets accept a v4 destination (above). These IPv6-only sockets get the kernel's
     * errno for one that they cannot reach.
     */
    @Test
    void ipv6OnlySocketsGetTheKernelsErrnoForIpv4Targets() {
        listener(true, 4, "127.0.0.1:3128");
        long six = listener(true, 6, "[::1]:3128");
        try (InForce force = InForce.on(cgroup, REDIRECTING)) {
            long stream = caller.tcp(6);
            v6Only(stream);
            assertThat(caller.connect(stream, "[2001:db8::4]:80")).isEqualTo(ENETUNREACH);
            assertThat(caller.connect(stream, "[::ffff:192.0.2.1]:80"))
                    .as("as without a policy")
                    .isEqualTo(ENETUNREACH);
            assertThat(caller.connect(stream, "[2001:db8::1]:80")).isZero();
            assertThat(caller.peer(stream)).isEqualTo("[2001:db8:0:0:0:0:0:1]:80");
            assertThat(caller.own(caller.accept(six))).isEqualTo("[0:0:0:0:0:0:0:1]:3128");
            long datagrams = caller.udp(6);
            v6Only(datagrams);
            assertThat(caller.connect(datagrams, "[2001:db8::4]:53")).isEqualTo(ENETUNREACH);
            assertThat(caller.send(datagrams, "x", "[2001:db8::4]:53")).isEqualTo(-EPERM);
        }
    }

    private void v6Only(long fd) {
        byte[] on = {1, 0, 0, 0};
        assertThat(caller.call(Call.SETSOCKOPT, fd, IPPROTO_IPV6, IPV6_V6ONLY, on, on.length)
                        .result())
                .isZero();
    }
}
