// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.compiler.model.request.PacketBuilder;
import org.ringwall.compiler.model.request.PacketMeta;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.value.U128;

/**
 * The counts of packets and connections, by reference evaluator and programs; {@link PolicyInForce}
 * compares the two.
 */
class SegmentsTest {
    private static final String TEXT = """
            policy segments
            counter all { attempts: attempts, packets: packets, bytes: bytes }
            counter keyed [proto] { bytes: bytes, packets: packets } max 8
            counter established { connections: connections }
            packets egress { default allow { count all; count keyed } }
            on sock_ops { when active_established or passive_established { count established } }
            """;

    static List<ByteOrder> orders() {
        return List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN);
    }

    private static RawAddress four(long bits) {
        return new RawAddress(true, U128.of(bits));
    }

    private static RawAddress six(long bits) {
        return new RawAddress(false, new U128(0x2001_0db8_0000_0000L, bits));
    }

    private static Compilation compiled(ByteOrder order) {
        var result = Compiler.compile(new SourceFile("t.wall", TEXT), new Settings(List.of(), order, Map.of()));
        return result.compilation().orElseThrow(() -> new AssertionError(result.diagnostics()));
    }

    /** Runs one packet under a new policy and returns its columns `packets` and `bytes`. */
    private static List<Long> counted(ByteOrder order, PacketBuilder packet, long size, long segments) {
        Compilation compilation = compiled(order);
        PolicyInForce force = PolicyInForce.of(compilation.policy(), compilation.object(), KernelVersion.V5_10);
        force.judge(packet.request(
                Hook.SKB_EGRESS, PacketMeta.plain(Hook.SKB_EGRESS).withSegments(size, segments)));
        var all = compilation.policy().state().counters().get(0);
        List<Long> columns = Objects.requireNonNull(force.maps().counts(all).get(List.of()));
        assertThat(columns).hasSize(3).first().isEqualTo(1L);
        return columns.subList(1, 3);
    }

    @ParameterizedTest
    @MethodSource("orders")
    void aPacketIsCountedOncePerSegment(ByteOrder order) {
        PacketBuilder udp = PacketBuilder.between(four(1), four(2)).udp(5, 6, 4_400);
        assertThat(counted(order, udp, 0, 0)).containsExactly(1L, 4_428L);
        assertThat(counted(order, udp, 0, 7)).as("not to be cut").containsExactly(1L, 4_428L);
        assertThat(counted(order, udp, 100, 44)).containsExactly(44L, 44 * 128L);
        assertThat(counted(order, udp, 1_000, 0)).as("by its payload").containsExactly(5L, 4_400 + 5 * 28L);
        assertThat(counted(order, udp, 4_400, 0)).containsExactly(1L, 4_428L);
        PacketBuilder tcp =
                PacketBuilder.between(four(1), four(2)).tcp(5, 6, 16).length(3_040);
        assertThat(counted(order, tcp, 1_000, 3)).containsExactly(3L, 3_000 + 3 * 40L);
        PacketBuilder options =
                PacketBuilder.between(four(1), four(2)).options(new byte[8]).udp(5, 6, 300);
        assertThat(counted(order, options, 100, 0)).containsExactly(3L, 3 * 136L);
    }

    @ParameterizedTest
    @MethodSource("orders")
    void everySegmentHasTheExtensionHeaders(ByteOrder order) {
        PacketBuilder plain = PacketBuilder.between(six(1), six(2)).udp(5, 6, 300);
        assertThat(counted(order, plain, 100, 3)).containsExactly(3L, 3 * 148L);
        PacketBuilder longer = PacketBuilder.between(six(1), six(2))
                .extension(0, new byte[6])
                .extension(60, new byte[1_350])
                .extension(51, new byte[22])
                .udp(5, 6, 128);
        long headers = longer.bytes().size() - 128L;
        assertThat(headers).isGreaterThan(1_400);
        assertThat(counted(order, longer, 1, 128)).containsExactly(128L, 128 * (headers + 1));
        assertThat(counted(order, longer, 1, 0)).containsExactly(128L, 128 * (headers + 1));
        PacketBuilder other = PacketBuilder.between(six(1), six(2)).carrying(132, new byte[100]);
        assertThat(counted(order, other, 50, 2))
                .as("headers of other protocols are not known")
                .containsExactly(2L, 180L);
    }

    @ParameterizedTest
    @MethodSource("orders")
    void aConnectInRepairModeIsNotCounted(ByteOrder order) {
        Compilation compilation = compiled(order);
        PolicyInForce force = PolicyInForce.of(compilation.policy(), compilation.object(), KernelVersion.V5_10);
        Request.TcpEvent.End end = new Request.TcpEvent.End(four(1), 5);
        var established = compilation.policy().state().counters().get(2);
        force.judge(
                new Request.TcpEvent(SockOpsEvent.ACTIVE_ESTABLISHED, end, end, Map.of(Request.TcpEvent.PACKET, 0L)));
        assertThat(force.maps().counts(established).get(List.of())).containsExactly(0L);
        force.judge(new Request.TcpEvent(SockOpsEvent.ACTIVE_ESTABLISHED, end, end, Map.of()));
        force.judge(
                new Request.TcpEvent(SockOpsEvent.PASSIVE_ESTABLISHED, end, end, Map.of(Request.TcpEvent.PACKET, 0L)));
        assertThat(force.maps().counts(established).get(List.of())).containsExactly(2L);
    }

    @ParameterizedTest
    @MethodSource("orders")
    void aPacketTakesATokenForEachSegment(ByteOrder order) {
        String text = """
                policy paced
                rate few 1/s burst 10
                rate each per local.port 10/s burst 10 max 4
                packets egress {
                  allow if remote.port == 6 within few else deny
                  allow within each
                  default deny
                }
                """;
        var result = Compiler.compile(new SourceFile("t.wall", text), new Settings(List.of(), order, Map.of()));
        Compilation compilation = result.compilation().orElseThrow(() -> new AssertionError(result.diagnostics()));
        PolicyInForce force = PolicyInForce.of(compilation.policy(), compilation.object(), KernelVersion.V5_10);
        for (int port : new int[] {6, 7}) {
            Request packet = PacketBuilder.between(four(1), four(2))
                    .udp(5, port, 4_400)
                    .request(Hook.SKB_EGRESS, PacketMeta.plain(Hook.SKB_EGRESS).withSegments(100, 44));
            assertThat(force.judge(packet).decision().verdict().allows()).isTrue();
            assertThat(force.judge(packet).decision().verdict().allows()).isFalse();
            force.pass(port == 6 ? 34_000_000_000L : 3_400_000_000L);
            assertThat(force.judge(packet).decision().verdict().allows())
                    .as("a debt of 34")
                    .isFalse();
            force.pass(port == 6 ? 1_000_000_000L : 100_000_000L);
            assertThat(force.judge(packet).decision().verdict().allows()).isTrue();
        }
    }
}
