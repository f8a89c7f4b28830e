// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.PacketMeta;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.conformance.generate.GeneratedPolicy;
import org.ringwall.conformance.generate.PolicyGenerator;
import org.ringwall.conformance.generate.RandomChoices;
import org.ringwall.conformance.kernel.Answer;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.PolicyObjects;
import org.ringwall.conformance.kernel.ProbeProcess;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test that reference and kernel agree through the packet hooks: random policies in force on a
 * cgroup, and packets that its raw sockets send and receive. Each packet is first sent without a
 * policy; packets that the kernel itself drops are not compared.
 */
@KernelTest
class PacketHooksDifferentialTest {
    private static final long NO_CHANGE = 0xffff_ffffL;
    private static final int EPERM = 1;
    private static final int EAGAIN = 11;
    private static final int MOST_BYTES = 1400;

    private long seed;
    private int denied;
    private int allowed;
    private int neverThere;
    private int identified;

    @Test
    void thePolicyInForceDecidesAsTheReference() {
        Differential run = Differential.ofProperties(40);
        int policies = Math.max(8, run.policies() / 100);
        try (ChildCgroup cgroup = ChildCgroup.make();
                ProbeProcess process = ProbeProcess.in(cgroup.path())) {
            Actor maker = process.packetMaker();
            seed = run.seed();
            for (int i = 0; i < policies; i++) {
                Drawn drawn = drawn(i % 2 == 0, maker, run.requests());
                GeneratedPolicy policy = drawn.policy();
                Map<Param, Long> params = drawn.params();
                Map<Request.Packet, Answer> before = new LinkedHashMap<>();
                drawn.packets().forEach(packet -> before.put(packet, process.packet(packet)));
                try (Enforced enforced = Enforced.on(cgroup, object(policy), params)) {
                    before.forEach((packet, answer) -> {
                        if (answer.errno() == 0) {
                            compare(policy, params, packet, process.packet(packet));
                        } else {
                            neverThere++;
                        }
                    });
                }
            }
        }
        System.out.printf(
                "kernel = reference through the packet hooks: %d policies, %d packets denied, %d allowed, %d not let through anyway, %d by who made the socket%n",
                policies, denied, allowed, neverThere, identified);
        assertThat(identified).isPositive();
        assertThat(denied).isPositive();
        assertThat(allowed).isPositive();
        assertThat(neverThere).isLessThan(3 * (denied + allowed));
    }

    private record Drawn(GeneratedPolicy policy, Map<Param, Long> params, List<Request.Packet> packets) {}

    /**
     * Returns the next policy that this kernel accepts and whose results are predictable.
     *
     * @param byMaker whether the socket's creator must affect the verdict on some packet
     */
    private Drawn drawn(boolean byMaker, Actor maker, int requests) {
        while (true) {
            GeneratedPolicy policy = PolicyGenerator.ofPackets(seed);
            RandomChoices choices = new RandomChoices(~seed++);
            Map<Param, Long> params = policy.params(choices);
            List<Request.Packet> packets = policy.requests(choices, params, requests).stream()
                    .flatMap(request -> feasible((Request.Packet) request).stream())
                    .map(packet -> packet.of(new Request.Owner(maker(packet.actor(), maker), true)))
                    .toList();
            boolean wanted = !byMaker || packets.stream().anyMatch(packet -> isIdentified(policy, params, packet));
            boolean loads = policy.policy()
                    .requires()
                    .filter(version -> !RunningKernel.atLeast(version.major(), version.minor()))
                    .isEmpty();
            if (wanted && loads && ProbeProcess.foresees(policy.text())) {
                return new Drawn(policy, params, packets);
            }
        }
    }

    /**
     * Returns a user that the process can become: the highest number means no change in
     * setresuid(2).
     */
    private static Actor maker(Actor drawn, Actor process) {
        return process.as(drawn.uid() == NO_CHANGE ? 0 : drawn.uid(), drawn.gid() == NO_CHANGE ? 0 : drawn.gid())
                .named(drawn.comm().size() == 0 ? process.comm() : drawn.comm());
    }

    /** Returns whether the verdict depends on the socket's creator. */
    private static boolean isIdentified(GeneratedPolicy policy, Map<Param, Long> params, Request.Packet packet) {
        Request.Packet unknown = packet.of(new Request.Owner(packet.actor(), false));
        return !Reference.decide(policy.policy(), params, packet)
                .verdict()
                .equals(Reference.decide(policy.policy(), params, unknown).verdict());
    }

    private void compare(GeneratedPolicy policy, Map<Param, Long> params, Request.Packet packet, Answer answer) {
        Verdict verdict = Reference.decide(policy.policy(), params, packet).verdict();
        int refused = packet.hook() == Hook.SKB_EGRESS ? EPERM : EAGAIN;
        assertThat(answer.errno())
                .as("%s%s%n%s%ngave %s", policy.text(), params, packet, answer)
                .isEqualTo(verdict.allows() ? 0 : refused);
        identified += isIdentified(policy, params, packet) ? 1 : 0;
        denied += verdict.allows() ? 0 : 1;
        allowed += verdict.allows() ? 1 : 0;
    }

    /**
     * Returns the packet as a raw socket can send it: of the family of its header, and with a
     * source address, which the kernel would fill in otherwise. Packets at ingress are judged after
     * reassembly, so they are not v4 fragments.
     */
    private static Optional<Request.Packet> feasible(Request.Packet packet) {
        boolean out = packet.hook() == Hook.SKB_EGRESS;
        boolean v4 = packet.etherType() == 0x0800;
        int size = packet.bytes().size();
        if (!v4 && packet.etherType() != 0x86dd || size < (v4 ? 20 : 40) || size > MOST_BYTES) {
            return Optional.empty();
        }
        if (v4 && packet.bytes().slice(12, 4).isZero()) {
            return Optional.empty();
        }
        boolean fragment =
                v4 && ((packet.bytes().at(6) & 0x3f) != 0 || packet.bytes().at(7) != 0);
        if (fragment && !out) {
            return Optional.empty();
        }
        PacketMeta plain = PacketMeta.plain(packet.hook());
        PacketMeta meta = out
                ? plain.with("mark", packet.meta().number("mark"))
                        .with("priority", packet.meta().number("priority"))
                : plain;
        return Optional.of(new Request.Packet(packet.hook(), packet.etherType(), packet.bytes(), meta, packet.owner()));
    }

    private static BpfObject object(GeneratedPolicy policy) {
        KernelVersion oldest = RunningKernel.atLeast(6, 1) ? KernelVersion.V6_1 : KernelVersion.V5_10;
        return PolicyObjects.of("generated.wall", policy.text(), oldest);
    }
}
