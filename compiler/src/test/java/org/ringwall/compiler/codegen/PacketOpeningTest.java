// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.codegen.peephole.Tidy;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.emit.Compiled;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.opt.Passes;
import org.ringwall.compiler.irgen.Lowering;
import org.ringwall.compiler.model.request.PacketBuilder;
import org.ringwall.compiler.model.request.PacketMeta;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.testrunner.Contexts;
import org.ringwall.compiler.testrunner.EmittedPolicy;
import org.ringwall.compiler.value.U128;
import org.ringwall.machine.Machine;
import org.ringwall.machine.Outcome;

/**
 * Packets that are read directly, and packets that are copied. The differential tests check that
 * their verdicts are the same.
 */
class PacketOpeningTest {
    private static final String HEADER = "deny if remote.ip in { 10.0.0.0/8, fd00::/8 }; default allow";
    private static final String PROTOCOL = "allow if proto == udp; default deny";
    private static final String PORTS = "allow if remote.port == 53; default deny";
    private static final String FLAGS = "allow if tcp.ack or proto == udp; default deny";
    private static final String ROUTES = "deny if source_routed; default allow";
    private static final String FRAGMENTS = "deny if fragment; default allow";

    private static final RawAddress FOUR = new RawAddress(true, U128.of(0x0b00_0001L));
    private static final RawAddress SIX = new RawAddress(false, new U128(0xfe00_0000_0000_0000L, 1));

    private static PacketBuilder udp(RawAddress address) {
        return PacketBuilder.at(Hook.SKB_EGRESS, address, address).udp(5000, 53, 20);
    }

    /** Returns how often the program calls bpf_skb_load_bytes for the packet. */
    private static long copies(String rules, PacketBuilder builder, int linear) {
        Request packet = builder.request(Hook.SKB_EGRESS, PacketMeta.plain(Hook.SKB_EGRESS));
        EmittedPolicy policy = EmittedPolicy.load(
                Compiler.compile(
                                new SourceFile("packets.wall", "policy p\npackets egress { " + rules + " }"),
                                Settings.DEFAULT)
                        .compilation()
                        .orElseThrow()
                        .object(),
                Map.of(),
                KernelVersion.V5_10);
        Outcome outcome = Machine.run(
                policy.program(Hook.SKB_EGRESS).orElseThrow(),
                Hook.SKB_EGRESS,
                Contexts.context(packet, ByteOrder.LITTLE_ENDIAN, linear),
                Contexts.environment(packet, KernelVersion.V5_10, ByteOrder.LITTLE_ENDIAN));
        assertThat(outcome).isInstanceOf(Outcome.Returned.class);
        return ((Outcome.Returned) outcome)
                .calls().stream()
                        .filter(call -> call.helper() == Helper.SKB_LOAD_BYTES)
                        .count();
    }

    @Test
    void aPlainPacketIsNotCopied() {
        for (String rules : List.of(HEADER, PROTOCOL, PORTS, FLAGS, FRAGMENTS, ROUTES)) {
            for (RawAddress address : List.of(FOUR, SIX)) {
                assertThat(copies(rules, udp(address), Integer.MAX_VALUE))
                        .as("%s for %s", rules, address)
                        .isZero();
            }
        }
    }

    /**
     * Columns: the rules, and the smallest linear parts in bytes for IPv4 and IPv6 that need no
     * copy.
     */
    @ParameterizedTest
    @CsvSource({"0, 20, 40", "1, 20, 40", "2, 24, 44", "3, 24, 44", "4, 20, 40"})
    void copiesUnlessTheTestedHeadersAreLinear(int rules, int four, int six) {
        String text = List.of(HEADER, PROTOCOL, PORTS, FLAGS, ROUTES).get(rules);
        assertThat(copies(text, udp(FOUR), four)).isZero();
        assertThat(copies(text, udp(FOUR), four - 1)).isPositive();
        assertThat(copies(text, udp(SIX), six)).isZero();
        assertThat(copies(text, udp(SIX), six - 1)).isPositive();
    }

    /**
     * Packets of a protocol without flags need only their ports in the linear part, however short
     * they are.
     */
    @Test
    void protocolsWithoutFlagsNeedOnlyLinearPorts() {
        for (RawAddress address : List.of(FOUR, SIX)) {
            int all = (address.equals(FOUR) ? 20 : 40) + 14;
            PacketBuilder tcp =
                    PacketBuilder.at(Hook.SKB_EGRESS, address, address).tcp(5000, 53, 16);
            assertThat(copies(FLAGS, tcp, all)).isZero();
            assertThat(copies(FLAGS, tcp, all - 1)).isPositive();
            PacketBuilder one =
                    PacketBuilder.at(Hook.SKB_EGRESS, address, address).udp(5000, 53, 1);
            assertThat(copies(FLAGS, one, Integer.MAX_VALUE)).isZero();
        }
    }

    /**
     * One extension header is skipped without a copy if everything that is tested after it is
     * linear, and at least 8 bytes of the header. A second one, or one of another kind, takes the
     * slow path.
     */
    @Test
    void skipsOneLinearExtensionHeaderWithoutACopy() {
        PacketBuilder tcp = PacketBuilder.at(Hook.SKB_EGRESS, SIX, SIX)
                .extension(60, new byte[6])
                .tcp(5000, 53, 16);
        assertThat(copies(PROTOCOL, tcp, 48)).isZero();
        assertThat(copies(PROTOCOL, tcp, 47)).isPositive();
        assertThat(copies(PORTS, tcp, 52)).isZero();
        assertThat(copies(PORTS, tcp, 51)).isPositive();
        assertThat(copies(FLAGS, tcp, 62)).isZero();
        assertThat(copies(FLAGS, tcp, 61)).isPositive();
        PacketBuilder udp = udp(SIX).extension(0, new byte[14]);
        assertThat(copies(FLAGS, udp, 60)).isZero();
        assertThat(copies(FLAGS, udp, 59)).isPositive();
        assertThat(copies(PROTOCOL, udp(SIX).extension(0, new byte[6]).extension(60, new byte[6]), Integer.MAX_VALUE))
                .isPositive();
        assertThat(copies(PROTOCOL, udp(SIX).extension(51, new byte[22]), Integer.MAX_VALUE))
                .isPositive();
    }

    @Test
    void copiesOnlyIfATestedFieldHasNoFixedOffset() {
        PacketBuilder options = udp(FOUR).options(new byte[] {1, 1, 1, 1});
        assertThat(copies(HEADER, options, Integer.MAX_VALUE)).isZero();
        assertThat(copies(PORTS, options, Integer.MAX_VALUE)).isPositive();
        PacketBuilder fragment = udp(FOUR).fragment(1, false);
        assertThat(copies(HEADER, fragment, Integer.MAX_VALUE)).isZero();
        assertThat(copies(PROTOCOL, fragment, Integer.MAX_VALUE)).isZero();
        // The offset alone identifies a later fragment.
        assertThat(copies(PORTS, fragment, Integer.MAX_VALUE)).isZero();
        assertThat(copies(FRAGMENTS, fragment, Integer.MAX_VALUE)).isZero();
        assertThat(copies(FRAGMENTS, fragment, 19)).isPositive();
        PacketBuilder twice = udp(SIX).extension(0, new byte[0]).extension(60, new byte[0]);
        assertThat(copies(HEADER, twice, Integer.MAX_VALUE)).isZero();
        assertThat(copies(PROTOCOL, twice, Integer.MAX_VALUE)).isPositive();
    }

    /** The length of the packet shows that its transport header is truncated. */
    @Test
    void doesNotCopyForATruncatedTransportHeader() {
        for (String rules : List.of(PORTS, FLAGS)) {
            assertThat(copies(rules, udp(FOUR).length(22), Integer.MAX_VALUE)).isZero();
            assertThat(copies(rules, udp(SIX).length(42), Integer.MAX_VALUE)).isZero();
        }
    }

    /**
     * Code for every shape of the slow path must pass the generator's checks, also without any
     * single optional peephole step.
     */
    @Test
    void everySlowPathPassesTheChecksOfTheGenerator() throws CodeTooLargeException {
        List<String> addresses = List.of("", " and remote.ip in 10.0.0.0/8", " and remote.ip in fd00::/8");
        List<String> effects = List.of("", " { log }");
        for (String rules :
                List.of(PROTOCOL, PORTS, FLAGS, FRAGMENTS, "deny if fragment and remote.port == 53; default allow")) {
            for (String address : addresses) {
                for (String effect : effects) {
                    String text = rules.replaceFirst(";", address + effect + "\n");
                    for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
                        Target target = new Target(KernelVersion.V5_10, order);
                        Policy policy =
                                Compiled.policy("packets.wall", "policy p\npackets egress {\n" + text + "\n}", target);
                        for (HookDecision decision : PolicyDiagrams.of(policy).decisions()) {
                            Routine routine = Passes.run(Lowering.lower(policy, decision, target.oldest()));
                            for (String step : Tidy.optional()) {
                                assertThat(CodeGenerator.without(Set.of(step), routine, target)
                                                .insns())
                                        .as("%s without %s", text, step)
                                        .isNotEmpty();
                            }
                        }
                    }
                }
            }
        }
    }

    /**
     * The header of a family is not read if all of its packets have the verdict of packets without
     * a header.
     */
    @Test
    void doesNotReadTheHeaderOfAFamilyWithAConstantVerdict() {
        String four = "allow if remote.ip == 11.0.0.1; default deny";
        assertThat(copies(four, udp(SIX), 0)).isZero();
        assertThat(copies(four, udp(FOUR), 0)).isPositive();
        String six = "allow if remote.ip == fe00::1; default deny";
        assertThat(copies(six, udp(FOUR), 0)).isZero();
        assertThat(copies(six, udp(SIX), 0)).isPositive();
    }
}
