// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.PacketMeta;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.compiler.testrunner.EmittedPolicy;
import org.ringwall.conformance.generate.GeneratedPolicy;
import org.ringwall.conformance.generate.PolicyGenerator;
import org.ringwall.conformance.generate.RandomChoices;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.loader.bpf.PacketRunner;
import org.ringwall.machine.LoadedProgram;
import org.ringwall.testkit.KernelTest;

/**
 * A test that reference, machine and kernel agree on valid and malformed packets; the kernel runs
 * the emitted programs with their own program type.
 */
class PacketDifferentialTest {
    private static final int REQUESTS = 256;
    private static final int MOST_BYTES = 2000;

    /**
     * The most bytes that programs read from the linear part: up to TCP's flags after an IPv6
     * header.
     */
    private static final int MOST_LINEAR = 56;

    private static final int OF_EACH_LENGTH = 25;

    /**
     * An Ethernet destination for each packet type, from which `eth_type_trans` derives it;
     * loopback has no broadcasts.
     */
    private static final Map<Integer, byte[]> DESTINATIONS =
            Map.of(0, new byte[6], 2, new byte[] {1, 0, 0, 0, 0, 0}, 3, new byte[] {2, 0, 0, 0, 0, 1});

    /**
     * Whether a test run accepts an `ingress_ifindex`: 5.10 rejects it with EINVAL
     * (`convert___skb_to_skb`), 6.1 accepts it.
     */
    private static final boolean COMES_IN_SOMEWHERE = KernelVersion.parse(System.getProperty("os.version"))
            .filter(kernel -> kernel.atLeast(KernelVersion.V6_1))
            .isPresent();

    @ByteOrders
    void theMachineDecidesAsTheReference(ByteOrder order) {
        Differential run = Differential.ofProperties(REQUESTS).on(order);
        for (int i = 0; i < run.policies(); i++) {
            long seed = run.seed() + i;
            GeneratedPolicy generated = PolicyGenerator.ofPackets(seed);
            RandomChoices choices = new RandomChoices(~seed);
            Map<Param, Long> params = generated.params(choices);
            List<Request> asked = generated.requests(choices, params, run.requests());
            // Packets have one byte order, and diagrams none.
            boolean host = order == ByteOrder.nativeOrder();
            List<Meaning> meanings =
                    host ? List.of(new MachineMeaning(), Meanings.DIAGRAM) : List.of(new MachineMeaning());
            for (Meaning meaning : meanings) {
                Differential.find(generated.policy(), params, order, asked, Meanings.REFERENCE, meaning)
                        .ifPresent(mismatch -> {
                            Mismatch small = Shrinker.shrink(mismatch, Meanings.REFERENCE, meaning);
                            throw new AssertionError(small.describe(seed, generated.text()));
                        });
            }
        }
    }

    /**
     * Tries every length of the linear part up to one that holds all that any program reads from
     * it.
     */
    @ByteOrders
    void verdictsDoNotDependOnTheLinearPartOfAPacket(ByteOrder order) {
        Differential run = Differential.ofProperties(REQUESTS).on(order);
        for (int i = 0; i < run.policies(); i++) {
            long seed = run.seed() + i;
            GeneratedPolicy generated = PolicyGenerator.ofPackets(seed);
            RandomChoices choices = new RandomChoices(~seed);
            Map<Param, Long> params = generated.params(choices);
            Target target = new Target(MachineMeaning.kernel(generated.policy()), order);
            EmittedPolicy emitted =
                    EmittedPolicy.load(MachineMeaning.object(generated.policy(), target), params, target.oldest());
            for (Request request : generated.requests(choices, params, run.requests() / OF_EACH_LENGTH)) {
                Verdict verdict =
                        Reference.decide(generated.policy(), params, request).verdict();
                int most = Math.min(((Request.Packet) request).size(), MOST_LINEAR);
                for (int linear = 0; linear <= most; linear++) {
                    assertThat(emitted.withLinear(linear).decide(request))
                            .as("seed %d, %d bytes are linear, %s%n%s", seed, linear, request, generated.text())
                            .isEqualTo(verdict);
                }
            }
        }
    }

    @Test
    @KernelTest
    void theKernelDecidesAsTheReference() {
        Differential run = Differential.ofProperties(REQUESTS);
        Request.Owner owner = new Request.Owner(Actor.ORDINARY.inCgroup(ChildCgroup.homeId()), false);
        long denied = 0;
        long allowed = 0;
        for (int i = 0; i < run.policies(); i++) {
            long seed = run.seed() + i;
            GeneratedPolicy generated = PolicyGenerator.ofPackets(seed);
            RandomChoices choices = new RandomChoices(~seed);
            Map<Param, Long> params = generated.params(choices);
            List<Request.Packet> asked = generated.requests(choices, params, run.requests()).stream()
                    .map(Request.Packet.class::cast)
                    .map(packet -> feasible(packet, owner))
                    .filter(PacketDifferentialTest::isAcceptedByTestRun)
                    .toList();
            Target target = new Target(KernelVersion.V5_10, ByteOrder.LITTLE_ENDIAN);
            BpfObject object = MachineMeaning.object(generated.withoutErrnos(), target);
            EmittedPolicy emitted = EmittedPolicy.load(object, params, target.oldest());
            for (Hook hook : List.of(Hook.SKB_INGRESS, Hook.SKB_EGRESS)) {
                if (emitted.program(hook)
                        .filter(program -> !readsCookie(program))
                        .isEmpty()) {
                    continue;
                }
                try (KernelProgram program =
                                KernelProgram.ofPackets(emitted.program(hook).orElseThrow(), hook);
                        PacketRunner packets = program.packets()) {
                    for (Request.Packet packet : asked) {
                        if (packet.hook() != hook) {
                            continue;
                        }
                        Verdict verdict = Reference.decide(generated.withoutErrnos(), params, packet)
                                .verdict();
                        assertThat(packets.run(frame(packet)))
                                .as("seed %d, %s%n%s", seed, packet, generated.text())
                                .isEqualTo(verdict.allows() ? 1 : 0);
                        denied += verdict.allows() ? 0 : 1;
                        allowed += verdict.allows() ? 1 : 0;
                    }
                }
            }
        }
        System.out.printf("kernel = reference for packets: %d denied, %d allowed%n", denied, allowed);
        assertThat(denied).isPositive();
        assertThat(allowed).isPositive();
    }

    /**
     * Returns whether the program reads the socket's cookie; a test run creates a socket of its
     * own, whose cookie is unpredictable.
     */
    private static boolean readsCookie(LoadedProgram program) {
        return program.insns().contains(new Insn.CallHelper(Helper.GET_SOCKET_COOKIE.id()));
    }

    /**
     * Returns the packet as a test run can present it: its interface is loopback, it is not
     * outgoing, and its socket was created in the cgroup of the test and has no stamp.
     */
    private static Request.Packet feasible(Request.Packet packet, Request.Owner owner) {
        PacketMeta drawn = packet.meta();
        PacketMeta meta = PacketMeta.plain(packet.hook())
                .with("mark", drawn.number("mark"))
                .with("priority", drawn.number("priority"))
                .with("pkt_type", DESTINATIONS.containsKey(type(drawn)) ? type(drawn) : 0)
                .with("ingress_ifindex", COMES_IN_SOMEWHERE ? drawn.number("ingress_ifindex") & 0x7fff_ffff : 0)
                .withSegments(drawn.segmentSize(), drawn.segments());
        return new Request.Packet(packet.hook(), packet.etherType(), packet.bytes(), meta, owner);
    }

    private static int type(PacketMeta meta) {
        return (int) meta.number("pkt_type");
    }

    /**
     * Returns whether a test run accepts the packet: `bpf_prog_test_run_skb` rejects empty packets,
     * and from 6.18 on those shorter than the header of their type.
     */
    private static boolean isAcceptedByTestRun(Request.Packet packet) {
        int least = switch (packet.etherType()) {
            case 0x0800 -> 20;
            case 0x86dd -> 40;
            default -> 1;
        };
        return packet.bytes().size() >= least && packet.bytes().size() <= MOST_BYTES;
    }

    private static PacketRunner.Packet frame(Request.Packet packet) {
        PacketMeta meta = packet.meta();
        return new PacketRunner.Packet(
                packet.etherType(),
                DESTINATIONS.getOrDefault(type(meta), new byte[6]),
                packet.bytes().toArray(),
                meta.number("mark"),
                meta.number("priority"),
                meta.number("ingress_ifindex"));
    }
}
