// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Cpu;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.PacketBuilder;
import org.ringwall.compiler.model.request.PacketMeta;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.value.U128;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.PolicyObjects;
import org.ringwall.conformance.kernel.ProbeProcess;
import org.ringwall.conformance.kernel.SocketCall;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.Syscalls;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test of `packets` with real sockets in a child cgroup: traffic that address hooks do not see,
 * and degenerate blocks.
 */
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

    /**
     * Calls sendto(2) with one byte and without connect: the socket has no remote address, but the
     * packet has.
     */
    private static int send(int family, int type, int protocol, RawAddress address, int port) {
        SocketCall call = new SocketCall(SocketCall.Operation.SEND, family, type, protocol, address, port);
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
        try (Enforced enforced = Enforced.on(cgroup, PolicyObjects.of("p.wall", "policy p\n" + policy), Map.of())) {
            assertThat(enforced).isNotNull();
            calls.run();
        }
    }

    @Test
    void filtersDatagramsByTheirOwnAddresses() {
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
    void filtersUdpLiteAsAProtocolWithPorts() {
        RunningKernel.needsBefore(7, 3, "UDP-Lite");
        under("packets egress { deny if proto == udplite and remote.port == 53; default allow }", () -> {
            assertThat(send(2, 2, 136, LOOPBACK4, 53)).isEqualTo(EPERM);
            assertThat(send(2, 2, 136, LOOPBACK4, 54)).isZero();
            assertThat(udp(LOOPBACK4, 53)).isZero();
        });
    }

    private static int sent(PacketBuilder builder) {
        return process.packet(builder.udp(5000, 53, 4).request(Hook.SKB_EGRESS, PacketMeta.plain(Hook.SKB_EGRESS)))
                .errno();
    }

    private static PacketBuilder to(RawAddress address) {
        return PacketBuilder.at(Hook.SKB_EGRESS, address, address);
    }

    private static byte[] option(int... bytes) {
        byte[] option = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            option[i] = (byte) bytes[i];
        }
        return option;
    }

    /**
     * A source route is found after other options and headers. Packets whose options cannot be
     * parsed are denied; all others pass.
     */
    @Test
    void deniesSourceRoutesAndUnparsableOptions() {
        under("packets egress { deny if source_routed; default allow }", () -> {
            assertThat(udp(LOOPBACK4, 53)).isZero();
            assertThat(udp(LOOPBACK6, 53)).isZero();
            assertThat(sent(to(LOOPBACK4).options(option(1, 7, 7, 4, 0, 0, 0, 0))))
                    .as("record route")
                    .isZero();
            assertThat(sent(to(LOOPBACK4).options(option(1, 131, 7, 4, 127, 0, 0, 9))))
                    .as("loose")
                    .isEqualTo(EPERM);
            assertThat(sent(to(LOOPBACK4).options(option(7, 3, 4, 137, 7, 4, 127, 0, 0, 9, 0, 0))))
                    .as("strict")
                    .isEqualTo(EPERM);
            assertThat(sent(to(LOOPBACK6).extension(60, new byte[6])))
                    .as("destination options")
                    .isZero();
            assertThat(sent(to(LOOPBACK6).extension(60, new byte[6]).extension(43, new byte[22])))
                    .as("routing header")
                    .isEqualTo(EPERM);
            assertThat(sent(chain(6).extension(43, new byte[22])))
                    .as("seventh header")
                    .isEqualTo(EPERM);
            assertThat(sent(chain(6))).as("six headers").isZero();
            assertThat(sent(chain(7))).as("seven headers").isEqualTo(EPERM);
        });
    }

    private static PacketBuilder chain(int length) {
        PacketBuilder builder = to(LOOPBACK6);
        for (int i = 0; i < length; i++) {
            builder.extension(60, new byte[6]);
        }
        return builder;
    }

    /**
     * Sends an ICMP packet that ends after its type. A deny rule that tests a field beyond the end
     * denies it.
     */
    private static int cutEcho() {
        Request.Packet echo = PacketBuilder.at(Hook.SKB_EGRESS, LOOPBACK4, LOOPBACK4)
                .icmp(8, 0)
                .request(Hook.SKB_EGRESS, PacketMeta.plain(Hook.SKB_EGRESS));
        return process.packet(echo.cut(21)).errno();
    }

    @Test
    void deniesPacketsWhoseTestedFieldIsUnreadable() {
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
    void dropsDeniedIngressPacketsSilently() {
        under("packets ingress { deny if remote.ip == 10.9.9.9; default allow }", () -> {
            RawAddress stranger = new RawAddress(true, U128.of(0x0a09_0909L));
            RawAddress friend = new RawAddress(true, U128.of(0x0a09_0908L));
            assertThat(packet(Hook.SKB_INGRESS, stranger, LOOPBACK4, 53)).isEqualTo(EAGAIN);
            assertThat(packet(Hook.SKB_INGRESS, friend, LOOPBACK4, 53)).isZero();
            assertThat(udp(LOOPBACK4, 53)).as("what goes out is not asked").isZero();
        });
    }

    private static final int LONG = 6_000;

    private static Request.Packet longPacket(RawAddress remote, RawAddress local, int protocol, int remotePort) {
        return PacketBuilder.at(Hook.SKB_INGRESS, remote, local)
                .carrying(protocol, transport(remotePort))
                .length(LONG)
                .request(Hook.SKB_INGRESS, PacketMeta.plain(Hook.SKB_INGRESS));
    }

    /**
     * Returns a transport header: a source port, destination port 5000, and TCP's ACK flag at its
     * offset.
     */
    private static byte[] transport(int port) {
        return ByteBuffer.allocate(20)
                .putShort((short) port)
                .putShort((short) 5000)
                .put(12, (byte) (5 << 4))
                .put(13, (byte) 0x10)
                .array();
    }

    private static int paged(Request.Packet packet) {
        return process.pagedPacket(packet).errno();
    }

    /**
     * Runs the calls under a program that accepts packets with fewer than the given bytes in the
     * linear part.
     */
    private static void underLinear(int bytes, Runnable calls) {
        Label less = new Label("less");
        Assembler code = new Assembler(Cpu.V1)
                .mov(Reg.R0, 0)
                .load(Width.W, Reg.R2, Reg.R1, 76)
                .load(Width.W, Reg.R3, Reg.R1, 80)
                .alu(Insn.AluOp.ADD, Reg.R2, bytes)
                .jump(Insn.JumpOp.GT, Reg.R2, Reg.R3, less)
                .mov(Reg.R0, 1)
                .bind(less)
                .exit();
        Hook hook = Hook.SKB_INGRESS;
        try (KernelBpf bpf = new KernelBpf(Syscalls.ofThisMachine());
                Fd directory = new Host(Syscalls.ofThisMachine()).openDirectory(cgroup.path());
                Fd program = bpf.progLoad(ProgSpec.plain(
                        "linear",
                        hook.programType().number(),
                        hook.attachType(),
                        Bytes.of(InsnCodec.encode(code.layout().insns(), ByteOrder.nativeOrder()))));
                Fd link = bpf.linkCreate(program, directory, hook.attachType())) {
            assertThat(link).isNotNull();
            calls.run();
        } catch (CodeTooLargeException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final RawAddress STRANGER4 = new RawAddress(true, U128.of(0x0a09_0909L));
    private static final RawAddress HERE4 = new RawAddress(true, U128.of(0x0a09_0901L));
    private static final RawAddress STRANGER6 = new RawAddress(false, new U128(0xfd00_0000_0000_0000L, 9));
    private static final RawAddress HERE6 = new RawAddress(false, new U128(0xfd00_0000_0000_0000L, 1));

    /**
     * A device may deliver packets whose headers are in pages (nonlinear). Programs must read them
     * as well.
     */
    @Test
    void readsHeadersThatAreNotInTheLinearPart() {
        for (int protocol : List.of(6, 17, 132)) {
            Request.Packet four = longPacket(STRANGER4, HERE4, protocol, 443);
            Request.Packet six = longPacket(STRANGER6, HERE6, protocol, 443);
            Request.Packet other4 = longPacket(STRANGER4, HERE4, protocol, 444);
            Request.Packet other6 = longPacket(STRANGER6, HERE6, protocol, 444);
            assertThat(paged(four)).isZero();
            assertThat(paged(six)).isZero();
            underLinear(20, () -> assertThat(paged(four)).isZero());
            underLinear(24, () -> assertThat(paged(four)).isEqualTo(EAGAIN));
            underLinear(40, () -> assertThat(paged(six)).isZero());
            underLinear(44, () -> assertThat(paged(six)).isEqualTo(EAGAIN));
            under("packets ingress { allow if remote.port == 443; default deny }", () -> {
                assertThat(paged(four)).isZero();
                assertThat(paged(six)).isZero();
                assertThat(paged(other4)).isEqualTo(EAGAIN);
                assertThat(paged(other6)).isEqualTo(EAGAIN);
            });
            under(
                    "packets ingress { deny if remote.ip in { 10.9.9.9, fd00::9 } and remote.port == 444; default allow }",
                    () -> {
                        assertThat(paged(four)).isZero();
                        assertThat(paged(six)).isZero();
                        assertThat(paged(other4)).isEqualTo(EAGAIN);
                        assertThat(paged(other6)).isEqualTo(EAGAIN);
                    });
            under("packets ingress { allow if tcp.ack and not tcp.syn; default deny }", () -> {
                assertThat(paged(four)).isEqualTo(protocol == 6 ? 0 : EAGAIN);
                assertThat(paged(six)).isEqualTo(protocol == 6 ? 0 : EAGAIN);
            });
            under("packets ingress { deny if malformed or fragment; default allow }", () -> {
                assertThat(paged(four)).isZero();
                assertThat(paged(six)).isZero();
            });
        }
    }

    @Test
    void blocksAFlowEstablishedBeforeThePolicy() {
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
    void degenerateBlocksHaveTheirDocumentedMeaning() {
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
