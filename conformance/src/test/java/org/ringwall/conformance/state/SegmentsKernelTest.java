// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.sys.Call;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test of packets that the kernel segments, and of connections that no packet establishes, with
 * real sockets.
 */
@KernelTest
class SegmentsKernelTest {
    private static final String TEXT = """
            policy segments
            counter sent     { packets: packets, bytes: bytes }
            counter got      { packets: packets, bytes: bytes }
            counter begun    { connections: connections, events: attempts }
            packets egress   { allow if remote.port == 9200 { count sent }; default allow }
            packets ingress  { allow if local.port == 9200 { count got }; default allow }
            on sock_ops      { when active_established { count begun } }
            """;

    private static final int SOL_TCP = 6;
    private static final int SOL_UDP = 17;
    private static final int SOL_IPV6 = 41;
    private static final int TCP_MAXSEG = 2;
    private static final int TCP_REPAIR = 19;
    private static final int IPV6_DSTOPTS = 59;
    private static final int UDP_SEGMENT = 103;
    private static final int EIO = 5;
    private static final int EINVAL = 22;
    private static final int SIZE = 1_000;
    private static final int SEGMENTS = 44;

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final Caller caller = Caller.in(cgroup.path());

    @AfterEach
    void clean() {
        caller.close();
        cgroup.close();
    }

    private long set(long fd, int level, int option, int value) {
        byte[] bytes = ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(value)
                .array();
        return caller.call(Call.SETSOCKOPT, fd, level, option, bytes, bytes.length)
                .result();
    }

    private long send(long fd, int bytes, String to) {
        byte[] address = Caller.address(to);
        return caller.call(Call.SENDTO, fd, new byte[bytes], bytes, 0, address, address.length)
                .result();
    }

    private static void counts(InForce force, String counter, long packets, long bytes) {
        assertThat(force.count(counter, "[]", "packets"))
                .as(counter + " packets")
                .isEqualTo(packets);
        assertThat(force.count(counter, "[]", "bytes")).as(counter + " bytes").isEqualTo(bytes);
    }

    /**
     * One call of sendto is 44 datagrams on the wire, each with headers of its own; they arrive one
     * by one.
     */
    @Test
    void eachUdpSegmentIsCounted() {
        try (InForce force = InForce.on(cgroup, TEXT)) {
            long receiver = caller.udp(4);
            assertThat(caller.bind(receiver, "127.0.0.1:9200")).isZero();
            long sender = caller.udp(4);
            assertThat(send(sender, SIZE, "127.0.0.1:9200")).isEqualTo(SIZE);
            counts(force, "sent", 1, SIZE + 28);
            assertThat(set(sender, SOL_UDP, UDP_SEGMENT, SIZE)).isZero();
            int all = SIZE * (SEGMENTS - 1) + 1;
            assertThat(send(sender, all, "127.0.0.1:9200")).isEqualTo(all);
            counts(force, "sent", 1 + SEGMENTS, SIZE + 28 + all + SEGMENTS * 28);
            counts(force, "got", 1 + SEGMENTS, SIZE + 28 + all + SEGMENTS * 28);
        }
    }

    /**
     * Extension headers that the sender adds to each packet are in each segment. Linux 5.10 does
     * not segment such packets.
     */
    @Test
    void extensionHeadersAreCountedInEachSegment() {
        try (InForce force = InForce.on(cgroup, TEXT)) {
            long sender = caller.udp(6);
            assertThat(set(sender, SOL_UDP, UDP_SEGMENT, 20)).isZero();
            assertThat(send(sender, 300, "[::1]:9200")).isEqualTo(300);
            counts(force, "sent", 15, 15 * 68);
            byte[] options = new byte[512];
            options[1] = (byte) (options.length / 8 - 1);
            // PadN of 255 bytes twice, the most that one option holds.
            options[2] = 1;
            options[3] = (byte) 253;
            options[257] = 1;
            options[258] = (byte) 253;
            assertThat(caller.call(Call.SETSOCKOPT, sender, SOL_IPV6, IPV6_DSTOPTS, options, options.length)
                            .result())
                    .isZero();
            long sent = send(sender, 300, "[::1]:9200");
            // 5.10 gives EINVAL, 6.1 EIO.
            if ((sent == -EINVAL || sent == -EIO) && !RunningKernel.atLeast(6, 12)) {
                throw RunningKernel.lacks("UDP segmentation behind extension headers");
            }
            assertThat(sent).isEqualTo(300);
            counts(force, "sent", 30, 15 * 68 + 15 * (68 + options.length));
        }
    }

    /**
     * A packet that TCP passes as one counts as at least as many packets as its payload has
     * segments, at both ends.
     */
    @Test
    void eachTcpSegmentIsCounted() {
        try (InForce force = InForce.on(cgroup, TEXT)) {
            long listener = caller.tcp(4);
            assertThat(set(listener, SOL_TCP, TCP_MAXSEG, SIZE)).isZero();
            caller.listener(listener, "127.0.0.1:9200");
            long client = caller.tcp(4);
            assertThat(caller.connect(client, "127.0.0.1:9200")).isZero();
            long accepted = caller.accept(listener);
            long payload = 0;
            for (int i = 0; i < 20; i++) {
                long sent = caller.call(Call.SENDTO, client, new byte[50_000], 50_000, 0, 0, 0)
                        .result();
                assertThat(sent).isPositive();
                payload += sent;
                caller.call(Call.RECVFROM, accepted, new byte[50_000], 50_000, 0x100, 0, 0);
            }
            long packets = force.count("sent", "[]", "packets");
            assertThat(packets).isGreaterThanOrEqualTo(payload / SIZE);
            long headers = force.count("sent", "[]", "bytes") - payload;
            // 20 bytes of IP, 20 of TCP and 12 of a time stamp. If the receiver falls behind, its
            // ACKs have SACK blocks; TCP has at most 40 bytes of options.
            assertThat(headers).isBetween(packets * 52, packets * 80);
            assertThat(force.count("got", "[]", "packets")).isEqualTo(packets);
            assertThat(force.count("got", "[]", "bytes") - payload).isEqualTo(headers);
        }
    }

    /**
     * A socket in repair mode connects without a packet; the kernel reports it as established all
     * the same.
     */
    @Test
    void aConnectInRepairModeIsNotCountedAsAConnection() {
        try (InForce force = InForce.on(cgroup, TEXT)) {
            long repaired = caller.tcp(4);
            assertThat(set(repaired, SOL_TCP, TCP_REPAIR, 1)).isZero();
            assertThat(caller.connect(repaired, "127.0.0.1:9201")).isZero();
            assertThat(force.count("begun", "[]", "events")).isEqualTo(1);
            assertThat(force.count("begun", "[]", "connections")).isZero();
            long listener = caller.listener(caller.tcp(4), "127.0.0.1:9202");
            assertThat(caller.connect(caller.tcp(4), "127.0.0.1:9202")).isZero();
            caller.accept(listener);
            assertThat(force.count("begun", "[]", "connections")).isEqualTo(1);
            assertThat(force.count("begun", "[]", "events")).isEqualTo(2);
        }
    }

    /**
     * The kernel creates the subflow sockets of MPTCP without invoking a hook, so they have no
     * stamp.
     */
    @Test
    void mptcpPacketsAreCountedForTheSocketsCgroup() {
        RunningKernel.needs(5, 15, "MPTCP");
        String text = """
                policy charged
                counter all [cgroup] { packets: packets } max 8
                packets egress  { default allow { count all } }
                packets ingress { default allow { count all } }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            long listener = caller.listener(mptcp(), "127.0.0.1:9203");
            long client = mptcp();
            assertThat(caller.connect(client, "127.0.0.1:9203")).isZero();
            long accepted = caller.accept(listener);
            assertThat(caller.send(client, "some bytes")).isEqualTo(10);
            assertThat(caller.receive(accepted)).startsWith("some bytes");
            String id = "[" + Long.toUnsignedString(cgroup.cgroup().id()) + "]";
            assertThat(force.counts("all")).containsOnlyKeys(id);
            assertThat(force.count("all", id, "packets")).isGreaterThan(5);
        }
    }

    private long mptcp() {
        return caller.call(Call.SOCKET, 2, 1, 262).result();
    }

    /**
     * A packet passes if there is one token, and its other segments become a debt: of 40 calls with
     * 44 datagrams each, one passes.
     */
    @Test
    void aRateTakesATokenForEachSegment() {
        String text = """
                policy paced
                rate few      1/h burst 10
                rate each per local.port 1/h burst 10 max 64
                packets egress {
                  allow if remote.port == 9200 within few else deny
                  allow if remote.port == 9201 within each else deny
                  default allow
                }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            for (String to : new String[] {"127.0.0.1:9200", "127.0.0.1:9201"}) {
                long sender = caller.udp(4);
                assertThat(caller.bind(sender, "127.0.0.1:0")).isZero();
                assertThat(send(sender, 10, to)).isEqualTo(10);
                assertThat(set(sender, SOL_UDP, UDP_SEGMENT, SIZE)).isZero();
                long passed = 0;
                for (int i = 0; i < 40; i++) {
                    passed += send(sender, SIZE * SEGMENTS, to) > 0 ? 1 : 0;
                }
                assertThat(passed).as(to).isEqualTo(1);
                assertThat(set(sender, SOL_UDP, UDP_SEGMENT, 0)).isZero();
                assertThat(send(sender, 10, to)).as("there is a debt").isNegative();
            }
            assertThat(force.tokens("few").get("[]")).isZero();
        }
    }
}
