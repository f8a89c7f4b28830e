// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.WorkerProcess;
import org.ringwall.sys.Call;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test that a connected datagram socket is judged once, when it connects. This includes AF_INET6
 * sockets connected to a v4-mapped address, for which the kernel invokes sendmsg4 at every send
 * with that address.
 */
@KernelTest
class ConnectedDatagramsKernelTest {
    private static final long EPERM = 1;
    private static final long RESOLVER = 990;
    private static final int UDPLITE = 136;
    private static final String PROXIED = """
            policy proxied
            counter asked { tries: attempts }
            egress {
              allow if uid == 990
              redirect 127.0.0.1:5300 if proto == udp and remote.port == 53 { count asked }
              default deny { count asked }
            }
            """;

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final Caller caller = Caller.in(cgroup.path());

    @AfterEach
    void clean() {
        caller.close();
        cgroup.close();
    }

    private void answer(long at, long fd) {
        String asked = caller.receive(at);
        assertThat(asked).startsWith("ask from ").endsWith(":" + caller.port(fd));
        caller.as(RESOLVER);
        assertThat(caller.send(at, "answer", asked.substring("ask from ".length())))
                .isEqualTo(6);
        caller.as(0);
    }

    /** The socket's family, the address to connect to, and the expected name of its peer. */
    @ParameterizedTest
    @CsvSource({
        "4, 8.8.8.8:53, 8.8.8.8:53",
        "6, [::ffff:8.8.8.8]:53, [::ffff:8.8.8.8]:53",
        "6, 8.8.8.8:53, [::ffff:8.8.8.8]:53"
    })
    void aConnectedSocketIsCheckedAndCountedOnce(int family, String to, String seen) {
        long resolver = caller.listener(caller.udp(4), "127.0.0.1:5300");
        try (InForce force = InForce.on(cgroup, PROXIED)) {
            long fd = caller.udp(family);
            assertThat(caller.connect(fd, to)).isZero();
            for (int i = 0; i < 5; i++) {
                assertThat(caller.send(fd, "ask")).as("send " + i).isEqualTo(3);
                answer(resolver, fd);
                assertThat(caller.receive(fd)).isEqualTo("answer from " + seen);
            }
            assertThat(force.count("asked", "[]", "tries")).isEqualTo(1);
            assertThat(caller.peer(fd)).isEqualTo(seen);
        }
    }

    @Test
    void aDatagramToAnotherDestinationIsChecked() {
        long resolver = caller.listener(caller.udp(4), "127.0.0.1:5300");
        try (InForce force = InForce.on(cgroup, PROXIED)) {
            long fd = caller.udp(6);
            assertThat(caller.connect(fd, "[::ffff:8.8.8.8]:53")).isZero();
            assertThat(caller.send(fd, "x", "[::ffff:127.0.0.1]:5301")).isEqualTo(-EPERM);
            assertThat(caller.send(fd, "x", "[::ffff:127.0.0.2]:5300")).isEqualTo(-EPERM);
            assertThat(caller.send(fd, "x", "127.0.0.1:5301")).isEqualTo(-EPERM);
            assertThat(caller.send(fd, "ask", "[::ffff:9.9.9.9]:53"))
                    .as("led like any other")
                    .isEqualTo(3);
            answer(resolver, fd);
            assertThat(force.count("asked", "[]", "tries")).isEqualTo(5);
        }
    }

    /** A redirected destination is not redirected again by the same policy. */
    @Test
    void redirectsDoNotChain() {
        String text = """
                policy chain
                egress {
                  allow if uid == 990
                  redirect 127.0.0.1:5300 if remote.port == 53
                  redirect 127.0.0.1:5400 if remote.port == 5300
                  default deny
                }
                """;
        long first = caller.listener(caller.udp(4), "127.0.0.1:5300");
        long second = caller.listener(caller.udp(4), "127.0.0.1:5400");
        try (InForce force = InForce.on(cgroup, text)) {
            assertThat(force).isNotNull();
            for (int family : new int[] {4, 6}) {
                long fd = caller.udp(family);
                assertThat(caller.connect(fd, family == 4 ? "8.8.8.8:53" : "[::ffff:8.8.8.8]:53"))
                        .isZero();
                assertThat(caller.send(fd, "ask")).isEqualTo(3);
                answer(first, fd);
                assertThat(caller.receive(second)).isEqualTo("-11");
            }
        }
    }

    /**
     * A socket connected before the policy can go on sending to its peer only; unconnected, it is
     * judged.
     */
    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void anEarlierConnectedSocketIsCheckedForANewDestination(int family) {
        long there = caller.listener(caller.udp(4), "127.0.0.1:5300");
        String to = family == 4 ? "127.0.0.1:5300" : "[::ffff:127.0.0.1]:5300";
        long fd = caller.udp(family);
        assertThat(caller.connect(fd, to)).isZero();
        try (InForce force = InForce.on(cgroup, "policy closed\negress { allow if uid == 990; default deny }")) {
            assertThat(force).isNotNull();
            assertThat(caller.send(fd, "ask")).isEqualTo(3);
            answer(there, fd);
            assertThat(caller.send(fd, "ask", to.replace("5300", "5301"))).isEqualTo(-EPERM);
            assertThat(caller.connect(fd, to.replace("5300", "5301"))).isEqualTo(EPERM);
            byte[] unspecified = new byte[16];
            assertThat(caller.call(Call.CONNECT, fd, unspecified, unspecified.length)
                            .result())
                    .as("let go")
                    .isZero();
            assertThat(caller.send(fd, "ask", to)).isEqualTo(-EPERM);
            assertThat(caller.connect(fd, to)).isEqualTo(EPERM);
        }
        assertThat(caller.receive(there)).as("nothing has passed").isEqualTo("-11");
    }

    /** A block `on sendmsg4` judges the sends of unconnected sockets only. */
    @Test
    void sendmsgBlocksDoNotRunForConnectedSockets() {
        String text = """
                policy hook
                counter sent { tries: attempts }
                on sendmsg4 {
                  deny if remote.port == 5300 { count sent }
                  default allow { count sent }
                }
                """;
        caller.listener(caller.udp(4), "127.0.0.1:5300");
        try (InForce force = InForce.on(cgroup, text)) {
            for (int family : new int[] {4, 6}) {
                String to = family == 4 ? "127.0.0.1:5300" : "[::ffff:127.0.0.1]:5300";
                long fd = caller.udp(family);
                assertThat(caller.connect(fd, to)).isZero();
                assertThat(caller.send(fd, "ask")).isEqualTo(3);
                assertThat(force.count("sent", "[]", "tries")).isZero();
            }
            assertThat(caller.send(caller.udp(6), "ask", "[::ffff:127.0.0.1]:5300"))
                    .isEqualTo(-EPERM);
            assertThat(force.count("sent", "[]", "tries")).isEqualTo(1);
        }
    }

    /** The kernel invokes no hook when UDP-Lite connects, so its sends are judged. */
    @Test
    void udpLiteIsCheckedWhenItSends() {
        String text = """
                policy lite
                egress {
                  deny if remote.port == 5300
                  default allow
                }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            assertThat(force).isNotNull();
            long fd = caller.call(Call.SOCKET, 10, 2, UDPLITE).result();
            if (fd < 0) {
                throw RunningKernel.lacks("UDP-Lite");
            }
            assertThat(caller.connect(fd, "[::ffff:127.0.0.1]:5300")).isZero();
            assertThat(caller.send(fd, "ask")).isEqualTo(-EPERM);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"socket", "channel"})
    void javaReachesItsResolverThroughARedirect(String how) throws IOException, InterruptedException {
        try (DatagramSocket resolver = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                InForce force = InForce.on(cgroup, PROXIED.replace("5300", Integer.toString(resolver.getLocalPort())));
                WorkerProcess java = WorkerProcess.start(DatagramClient.class, cgroup.path())) {
            assertThat(java.answer()).isEqualTo("ready");
            Thread answers = new Thread(() -> answer(resolver));
            answers.start();
            assertThat(java.ask(how + " 8.8.8.8 53 3")).isEqualTo("012");
            answers.join();
            assertThat(force.count("asked", "[]", "tries")).isEqualTo(1);
        }
    }

    /** Answers three requests with their number, or fewer if the socket is closed. */
    private static void answer(DatagramSocket resolver) {
        try {
            for (int i = 0; i < 3; i++) {
                DatagramPacket asked = new DatagramPacket(new byte[64], 64);
                resolver.receive(asked);
                byte[] answer = Integer.toString(i).getBytes(StandardCharsets.US_ASCII);
                resolver.send(new DatagramPacket(answer, answer.length, asked.getSocketAddress()));
            }
        } catch (IOException e) {
            System.err.println("the resolver has ended: " + e.getMessage());
        }
    }
}
