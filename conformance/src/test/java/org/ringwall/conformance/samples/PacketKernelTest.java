package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.request.Actor;
import org.ringwall.compiler.request.PacketBuilder;
import org.ringwall.compiler.request.PacketMeta;
import org.ringwall.compiler.request.RawAddress;
import org.ringwall.compiler.request.Request;
import org.ringwall.compiler.value.U128;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.ProbeProcess;
import org.ringwall.conformance.kernel.SocketCall;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/** What `packets` is for, by real sockets in a child cgroup: what address hooks do not see, and degenerate blocks. */
@KernelTest
class PacketKernelTest {
    private static final int EPERM = 1;
    private static final int EAGAIN = 11;
    private static final Actor ROOT = new Actor(0, 0);
    private static final RawAddress LOOPBACK4 = new RawAddress(true, U128.of(0x7f00_0001L));
    private static final RawAddress LOOPBACK6 = new RawAddress(false, U128.of(1));
    private static final RawAddress MAPPED = new RawAddress(false, U128.of(0xffff_7f00_0001L));

    private static ChildCgroup cgroup;
    private static ProbeProcess process;

    @BeforeAll
    static void start() {
        cgroup = ChildCgroup.make();
        process = ProbeProcess.in(cgroup.path());
    }

    @AfterAll
    static void end() {
        process.close();
        cgroup.close();
    }

    /** sendto(2) of one byte without connect: the socket has no remote end, the packet has. */
    private static int send(int family, int type, int protocol, RawAddress address, int port) {
        SocketCall call = new SocketCall(SocketCall.Deed.SEND, family, type, protocol, address, port);
        return process.socket(ROOT, call).errno();
    }

    private static int udp(RawAddress address, int port) {
        return send(address.isV4() ? 2 : 10, 2, 17, address, port);
    }

    private static int packet(Hook hook, RawAddress remote, RawAddress local, int remotePort) {
        boolean in = hook == Hook.SKB_INGRESS;
        Request.Packet packet = PacketBuilder.at(hook, remote, local)
                .udp(in ? remotePort : 5000, in ? 5000 : remotePort, 4)
                .request(hook, PacketMeta.plain(hook));
        return process.packet(packet).errno();
    }

    private static void under(String policy, Runnable calls) {
        try (Enforced enforced = Enforced.on(
                cgroup, Samples.compile("p.wall", "policy p\n" + policy).object(), Map.of())) {
            assertThat(enforced).isNotNull();
            calls.run();
        }
    }

    @Test
    void judgesDatagramsByTheirOwnAddresses() {
        under("packets egress { deny if remote.ip in { 127.0.0.1, ::1 } and remote.port == 53; default allow }", () -> {
            assertThat(udp(LOOPBACK4, 53)).isEqualTo(EPERM);
            assertThat(udp(LOOPBACK6, 53)).isEqualTo(EPERM);
            assertThat(udp(MAPPED, 53))
                    .as("an AF_INET6 socket sends an IPv4 packet")
                    .isEqualTo(EPERM);
            assertThat(udp(LOOPBACK4, 54)).isZero();
            assertThat(udp(LOOPBACK6, 54)).isZero();
        });
        assertThat(udp(LOOPBACK4, 53)).as("after removal").isZero();
    }

    @Test
    void judgesUdpLiteAsItsOwnProtocolWithPorts() {
        RunningKernel.needsBefore(7, 3, "UDP-Lite");
        under("packets egress { deny if proto == udplite and remote.port == 53; default allow }", () -> {
            assertThat(send(2, 2, 136, LOOPBACK4, 53)).isEqualTo(EPERM);
            assertThat(send(2, 2, 136, LOOPBACK4, 54)).isZero();
            assertThat(udp(LOOPBACK4, 53)).isZero();
        });
    }

    /** An ICMP packet that ends behind its type: what a deny asks cannot be read, so it refuses. */
    private static int cutEcho() {
        Request.Packet echo = PacketBuilder.at(Hook.SKB_EGRESS, LOOPBACK4, LOOPBACK4)
                .icmp(8, 0)
                .request(Hook.SKB_EGRESS, PacketMeta.plain(Hook.SKB_EGRESS));
        return process.packet(echo.cut(21)).errno();
    }

    @Test
    void refusesWhatADenyCannotRead() {
        assertThat(cutEcho()).isZero();
        under(
                "packets egress { deny if icmp.type == 13; default allow }",
                () -> assertThat(cutEcho()).isEqualTo(EPERM));
        under(
                "packets egress { deny if remote.port == 13; default allow }",
                () -> assertThat(cutEcho()).isZero());
        under(
                "packets egress { allow if malformed; deny if icmp.type == 13; default allow }",
                () -> assertThat(cutEcho()).isZero());
    }

    @Test
    void refusesWhatComesInWithoutAWordToItsSender() {
        under("packets ingress { deny if remote.ip == 10.9.9.9; default allow }", () -> {
            RawAddress stranger = new RawAddress(true, U128.of(0x0a09_0909L));
            RawAddress friend = new RawAddress(true, U128.of(0x0a09_0908L));
            assertThat(packet(Hook.SKB_INGRESS, stranger, LOOPBACK4, 53)).isEqualTo(EAGAIN);
            assertThat(packet(Hook.SKB_INGRESS, friend, LOOPBACK4, 53)).isZero();
            assertThat(udp(LOOPBACK4, 53)).as("what goes out is not asked").isZero();
        });
    }

    @Test
    void cutsAFlowThatWasThereBefore() {
        assertThat(process.flow().errno()).isZero();
        under(
                "egress { default deny }",
                () -> assertThat(process.flow().errno())
                        .as("egress has judged it when it began")
                        .isZero());
        under(
                "packets egress { deny if local.ip == 127.0.0.1; default allow }",
                () -> assertThat(process.flow().errno()).isEqualTo(EPERM));
        assertThat(process.flow().errno()).isZero();
    }

    @Test
    void degenerateBlocksMeanWhatTheySay() {
        under("packets egress { default deny }", () -> {
            assertThat(udp(LOOPBACK4, 53)).isEqualTo(EPERM);
            assertThat(udp(LOOPBACK6, 53)).isEqualTo(EPERM);
            assertThat(packet(Hook.SKB_INGRESS, LOOPBACK4, LOOPBACK4, 53)).isZero();
        });
        under("packets ingress { default deny }", () -> {
            assertThat(packet(Hook.SKB_INGRESS, LOOPBACK4, LOOPBACK4, 53)).isEqualTo(EAGAIN);
            assertThat(packet(Hook.SKB_INGRESS, LOOPBACK6, LOOPBACK6, 53)).isEqualTo(EAGAIN);
            assertThat(udp(LOOPBACK4, 53)).isZero();
        });
        under("packets egress { default allow }\npackets ingress { default allow }", () -> {
            assertThat(udp(LOOPBACK4, 53)).isZero();
            assertThat(packet(Hook.SKB_INGRESS, LOOPBACK6, LOOPBACK6, 53)).isZero();
        });
        under(
                "packets egress { allow; default deny }\non skb_egress { deny if remote.port == 53; default allow }",
                () -> {
                    assertThat(udp(LOOPBACK4, 53))
                            .as("several blocks must all allow")
                            .isEqualTo(EPERM);
                    assertThat(udp(LOOPBACK4, 54)).isZero();
                });
    }
}
