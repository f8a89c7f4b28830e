// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.loader.model.Events;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test of the samples that count or judge connections, packets and datagrams, with real traffic.
 */
@KernelTest
class FlowSamplesKernelTest extends SampleTraffic {
    /** Bytes of IPv6 and TCP headers with the options of a SYN-ACK. */
    private static final int SYN_ACK6 = 80;

    /**
     * Three connections: the client requests 1,000 bytes and receives 100,000. The accepting
     * process has left the cgroup of its listener.
     *
     * @param sent what the server does in connection `i` once it has sent everything
     * @param received what the client does once it has received everything
     */
    private static String transfers(String sent, String received) {
        return """
                enter(sys.argv[1])
                host = sys.argv[4]
                a = listener(host, 7001)
                if os.fork() != 0:
                    enter(sys.argv[3])
                    for i in range(3):
                        c = a.accept()[0]
                        got = b''
                        while len(got) < 1000:
                            got += c.recv(1000)
                        c.sendall(b'y' * 100000)
                        %s
                        print(attempt(lambda: c.recv(1)), end=' ', flush=True)
                        c.close()
                    os.wait()
                    os._exit(0)
                enter(sys.argv[2])
                for i in range(3):
                    c = s(family(host))
                    c.connect((host, 7001))
                    c.sendall(b'x' * 1000)
                    got = 0
                    while got < 100000:
                        got += len(c.recv(100000))
                    %s
                    c.close()
                """.formatted(sent, received);
    }

    /**
     * The client requests 1,000 bytes and receives 100,000. The accepting process has left the
     * cgroup of its listener. The client ends each connection with a reset, so that both sockets
     * see every packet and no packet is sent by a TIME_WAIT socket.
     */
    @Test
    void eachContainerIsBilledForItsOwnConnectionsAndBytes() {
        String script = transfers("pass", "c.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack('ii', 1, 0))");
        ChildCgroup server = child();
        ChildCgroup client = child();
        ChildCgroup quiet = child();
        try (Enforced enforced = enforce("billing")) {
            for (int round = 1; round <= 2; round++) {
                long begin = enforced.now();
                String host = round == 1 ? "127.0.0.1" : "::1";
                assertThat(run(script, server.path(), client.path(), cgroup.path(), host))
                        .isEqualTo("ECONNRESET ECONNRESET ECONNRESET");
                Map<String, InstanceState.Row> connections = byKey(enforced.counts("connections"));
                assertThat(connections).containsOnlyKeys(id(server), id(client));
                assertThat(value(row(connections, id(server)), "opened")).isEqualTo(3 * round);
                assertThat(value(row(connections, id(client)), "opened")).isEqualTo(3 * round);
                boolean unasked = round == 2 && !RunningKernel.atLeast(6, 6);
                billedAlike(enforced, server, client, 300_000 * round, unasked);
                billedAlike(enforced, client, server, 3_000 * round, false);
                for (String counter : List.of("connections", "sent", "received")) {
                    since(begin, enforced, enforced.counts(counter));
                }
            }
            List<InstanceState.Row> before = enforced.counts("sent");
            long begin = enforced.now();
            assertThat(run(quiet, "print(send('127.0.0.1', 7001, 100))")).isEqualTo("ok");
            Map<String, InstanceState.Row> sent = byKey(enforced.counts("sent"));
            assertThat(sent.values()).containsAll(before);
            // No process listens. A kernel socket sends the ICMP error; old kernels create that
            // socket in the cgroup of the process that created the namespace.
            assertThat(sent.keySet().stream().filter(key -> !key.equals("0"))).hasSize(3);
            long packets = value(row(sent, id(quiet)), "packets");
            assertThat(packets).isBetween(1L, RunningKernel.atLeast(6, 12) ? 1L : 2L);
            assertThat(value(row(sent, id(quiet)), "bytes")).isEqualTo(packets == 1 ? 128 : 128 + 156);
            since(begin, enforced, List.of(row(sent, id(quiet))));
        }
    }

    /**
     * The accepting process has left the cgroup of its listener, and the connections end in turns.
     */
    @Test
    void eachContainerIsChargedForTheDataOfItsConnections() {
        String script = transfers(
                "if i == 0: c.shutdown(SHUT_WR)",
                "if i == 0: assert c.recv(1) == b''\n"
                        + "    if i == 2: c.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack('ii', 1, 0))");
        ChildCgroup server = child();
        ChildCgroup client = child();
        try (Enforced enforced = enforce("connection-accounting")) {
            for (int round = 1; round <= 2; round++) {
                long begin = enforced.now();
                String host = round == 1 ? "127.0.0.1" : "::1";
                assertThat(run(script, server.path(), client.path(), cgroup.path(), host))
                        .isEqualTo("ok ok ECONNRESET");
                long ended = 3L * round;
                Guard.await(
                        "every end is counted",
                        () -> byKey(enforced.counts("usage")).values().stream()
                                        .mapToLong(row -> value(row, "ended"))
                                        .sum()
                                >= 2 * ended);
                Map<String, InstanceState.Row> usage = byKey(enforced.counts("usage"));
                assertThat(usage).containsOnlyKeys(id(server), id(client));
                charged(row(usage, id(client)), ended, 1_000 * ended, 100_000 * ended);
                charged(row(usage, id(server)), ended, 100_000 * ended, 1_000 * ended);
                since(begin, enforced, enforced.counts("usage"));
            }
        }
    }

    private static void charged(InstanceState.Row row, long ended, long sent, long received) {
        assertThat(value(row, "ended")).isEqualTo(ended);
        assertThat(value(row, "sent")).isEqualTo(sent);
        assertThat(value(row, "received")).isEqualTo(received);
    }

    /**
     * Checks that the sender's count of bytes equals the receiver's: the payload plus headers of 40
     * to 80 bytes per packet. On a slow machine some segments are retransmitted and counted twice
     * at both ends.
     *
     * @param unasked whether the sender's kernel did not invoke the hook for IPv6 SYN-ACKs, at
     *     least three of which were sent
     */
    private static void billedAlike(
            Enforced enforced, ChildCgroup from, ChildCgroup to, long payload, boolean unasked) {
        InstanceState.Row sent = row(byKey(enforced.counts("sent")), id(from));
        InstanceState.Row received = row(byKey(enforced.counts("received")), id(to));
        long packets = value(sent, "packets");
        long missing = value(received, "packets") - packets;
        assertThat(missing).isBetween(unasked ? 3L : 0L, unasked ? 12L : 0L);
        assertThat(value(sent, "bytes") + missing * SYN_ACK6).isEqualTo(value(received, "bytes"));
        assertThat(value(sent, "bytes") - payload).isBetween(packets * 40, packets * 80 + payload / 2);
    }

    /** Both ends are in the cgroup, so each packet counts once for each end. */
    @ParameterizedTest
    @CsvSource({"127.0.0.1, 127.0.0.2, 28", "::1, fd00::2, 48"})
    void everyFlowIsCountedByItsFiveTuple(String server, String client, long headers) {
        try (Enforced enforced = enforce("connection-tracking")) {
            long begin = enforced.now();
            String port = run("""
                    server, client = sys.argv[1:]
                    if family(client) == AF_INET6:
                        local6(client)
                    a = listener(server, 7001)
                    c = s(family(client))
                    c.bind((client, 0))
                    c.connect((server, 7001))
                    b = a.accept()[0]
                    c.sendall(b'x' * 5000)
                    got = 0
                    while got < 5000:
                        got += len(b.recv(5000))
                    u, v = receiver(server, 7002), receiver(client, 7003)
                    for i in range(4):
                        v.sendto(b'x' * 100, (server, 7002))
                    print(c.getsockname()[1])
                    """, server, client);
            List<InstanceState.Row> all = enforced.counts("flows");
            Map<String, InstanceState.Row> flows = byKey(all);
            String there = "tcp " + client + " " + port + " " + server + " 7001";
            String back = "tcp " + server + " 7001 " + client + " " + port;
            String datagrams = "udp " + client + " 7003 " + server + " 7002";
            String heard = "udp " + server + " 7002 " + client + " 7003";
            flows.keySet().removeIf(key -> key.startsWith("icmpv6 "));
            assertThat(flows).containsOnlyKeys(there, back, datagrams, heard);
            assertThat(value(row(flows, there), "bytes") - 5_000)
                    .isBetween(20L, value(row(flows, there), "packets") * 80);
            for (String column : List.of("packets", "bytes")) {
                assertThat(value(row(flows, heard), column)).isEqualTo(value(row(flows, datagrams), column));
            }
            assertThat(value(row(flows, datagrams), "packets")).isEqualTo(4);
            assertThat(value(row(flows, datagrams), "bytes")).isEqualTo(4 * (100 + headers));
            since(begin, enforced, all);
        }
    }

    /**
     * A burst of twenty and a hundred a second for each container; a container over its limit may
     * still connect.
     */
    @Test
    void dnsQueriesAreRateLimitedPerContainer() {
        String script = """
                resolver, web = receiver('127.0.0.1', 53), listener('127.0.0.1', 443)
                said, begun = [], time.monotonic()
                for i in range(300):
                    said.append(send('127.0.0.1', 53))
                took = time.monotonic() - begun
                ok, denied = said.count('ok'), said.count('EPERM')
                print(said[:20].count('ok'), 20 <= ok <= 21 + 100 * took, denied > 0 and ok + denied == 300, end=' ')
                print(connect('127.0.0.1', 443), send('127.0.0.1', 54), end=' ')
                time.sleep(0.05)
                print(send('127.0.0.1', 53))
                """;
        ChildCgroup fast = child();
        ChildCgroup other = child();
        try (Enforced enforced = enforce("connection-rate")) {
            assertThat(run(fast, script)).isEqualTo("20 True True ok ok ok");
            assertThat(run(other, script)).isEqualTo("20 True True ok ok ok");
            assertThat(enforced.counts("refused")).isEmpty();
        }
    }

    @Test
    void connectsAreRateLimitedPerContainer() {
        String script = """
                a = listener('127.0.0.1', 7001, 500)
                kept, said, begun = [], [], time.monotonic()
                for i in range(200):
                    kept.append(s())
                    said.append(attempt(lambda: kept[-1].connect(('127.0.0.1', 7001))))
                took = time.monotonic() - begun
                ok = said.count('ok')
                print(said[:50].count('ok'), 50 <= ok <= 51 + 20 * took, said.count('EPERM'), ok + said.count('EPERM'))
                """;
        ChildCgroup fast = child();
        ChildCgroup other = child();
        try (Enforced enforced = enforce("connection-rate")) {
            String[] said = run(fast, script).split(" ");
            long refused = Long.parseLong(said[2]);
            assertThat(said).containsExactly("50", "True", said[2], "200");
            assertThat(refused).isPositive();
            assertThat(run(other, script)).startsWith("50 True ");
            Map<String, InstanceState.Row> rows = byKey(enforced.counts("refused"));
            assertThat(value(row(rows, id(fast)), "tries")).isEqualTo(refused);
            assertThat(rows).containsOnlyKeys(id(fast), id(other));
            List<Events.Explained> records = enforced.records();
            assertThat(reasons(records)).containsOnly("too many connections");
            long all = refused + value(row(rows, id(other)), "tries");
            long told = records.size();
            long heldBack = records.stream()
                    .mapToLong(record -> record.event().suppressed())
                    .sum();
            long took = records.get(records.size() - 1).event().time()
                    - records.get(0).event().time();
            assertThat(told).isBetween(Math.min(10, all), 11 + took / 100_000_000);
            assertThat(told + heldBack).isLessThanOrEqualTo(all);
        }
    }

    @Test
    void datagramsAreFilteredInBothDirections() {
        String script = """
                u, good, bad = (s(type=SOCK_DGRAM) for i in range(3))
                u.bind(('127.0.0.1', 443))
                good.bind(('127.0.0.1', 7003))
                bad.bind(('127.0.0.1', 11211))
                for by, port, size in (good, 443, 1), (good, 443, 1252), (good, 443, 1253), (good, 7003, 1), (bad, 443, 1):
                    print(send('127.0.0.1', port, size, by), attempt(lambda: u.recv(2000)), end=' ')
                a = listener('127.0.0.1', 11211)
                print(connect('127.0.0.1', 11211))
                """;
        assertThat(run(script)).isEqualTo("ok ok ok ok ok ok ok timeout ok ok ok");
        try (Enforced enforced = enforce("udp-filter")) {
            long begin = enforced.now();
            assertThat(run(script)).isEqualTo("ok ok ok ok EPERM timeout EPERM timeout ok timeout ok");
            assertThat(reasons(enforced.records())).containsExactly("message too long", "reflected");
            Map<String, InstanceState.Row> dropped = byKey(enforced.counts("dropped"));
            assertThat(dropped).containsOnlyKeys("127.0.0.1 443", "127.0.0.1 7003", "127.0.0.1 11211");
            assertThat(value(row(dropped, "127.0.0.1 443"), "bytes")).isEqualTo(1281);
            since(begin, enforced, enforced.counts("dropped"));
        }
    }

    /**
     * Sends fragments from a raw socket, and a datagram that the sender's stack fragments. The
     * sender is not in the policy's cgroup, and the receiver's stack reassembles fragments before
     * the policy sees them.
     */
    @Test
    void fragmentsAndReassembledDatagramsAreDenied() {
        String script = """
                u, raw = receiver('127.0.0.1', 443), socket(AF_INET, SOCK_RAW, 255)
                raw.setsockopt(IPPROTO_IP, 3, 1)
                udp = struct.pack('!4H', 7003, 443, 24, 0) + b'x' * 16
                def piece(flags, payload):
                    header = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 0, 7, flags, 64, 17, 0, *[inet_aton('127.0.0.1')] * 2)
                    return attempt(lambda: raw.sendto(header + payload, ('127.0.0.1', 0)))
                print(piece(0, udp), attempt(lambda: u.recv(2000)), end=' ')
                print(piece(0x2000, udp[:16]), piece(2, udp[16:]), attempt(lambda: u.recv(2000)), end=' ', flush=True)
                with s(type=SOCK_DGRAM) as lo:
                    fcntl.ioctl(lo, 0x8922, struct.pack('16si20x', b'lo', 1280))
                if os.fork() == 0:
                    enter(sys.argv[1])
                    for size in 1252, 1253:
                        print(send('127.0.0.1', 443, size), end=' ', flush=True)
                    os._exit(0)
                os.wait()
                print(attempt(lambda: u.recv(2000)), attempt(lambda: u.recv(2000)))
                """;
        try (ChildCgroup outside = ChildCgroup.make()) {
            assertThat(run(script, outside.path())).isEqualTo("ok ok ok ok ok ok ok ok ok");
            try (Enforced enforced = enforce("udp-filter")) {
                assertThat(run(script, outside.path())).isEqualTo("ok ok EPERM EPERM timeout ok ok ok timeout");
                assertThat(reasons(enforced.records())).containsExactly("in pieces", "in pieces", "message too long");
                Map<String, InstanceState.Row> dropped = byKey(enforced.counts("dropped"));
                assertThat(dropped).containsKeys("127.0.0.1 443", "127.0.0.1 0");
                assertThat(dropped.values().stream().map(each -> value(each, "bytes")))
                        .as("the first piece, the second one without ports, and the message")
                        .containsExactlyInAnyOrder(36L, 28L, 1281L);
            }
        }
    }
}
