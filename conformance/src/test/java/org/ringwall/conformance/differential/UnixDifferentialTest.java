// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Probe;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.Decision;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.testrunner.Effects;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.conformance.generate.GeneratedPolicy;
import org.ringwall.conformance.generate.PolicyGenerator;
import org.ringwall.conformance.generate.RandomChoices;
import org.ringwall.conformance.kernel.Answer;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.Feasible;
import org.ringwall.conformance.kernel.ProbeProcess;
import org.ringwall.conformance.kernel.RealCalls;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/** A test that reference, diagram, machine and kernel agree on the names of Unix sockets. */
class UnixDifferentialTest {
    private static final int EINVAL = 22;
    private static final Settings SETTINGS =
            new Settings(List.of(Hook.CONNECT_UNIX.since()), ByteOrder.LITTLE_ENDIAN, Map.of());

    private final Differential run = Differential.ofProperties(96);

    @ByteOrders
    void diagramsAndProgramsDecideAsTheReference(ByteOrder order) {
        Meaning reference = Meanings.REFERENCE;
        for (Meaning other : List.of(Meanings.DIAGRAM, new MachineMeaning(), new TextMeaning(reference))) {
            for (int i = 0; i < Math.max(20, run.policies() / 10); i++) {
                GeneratedPolicy policy = PolicyGenerator.ofUnix(run.seed() + i);
                if (!compiles(policy)) {
                    continue;
                }
                RandomChoices choices = new RandomChoices(~(run.seed() + i));
                Map<Param, Long> params = policy.params(choices);
                List<Request> asked = policy.requests(choices, params, run.requests());
                Optional<Mismatch> found = Differential.find(policy.policy(), params, order, asked, reference, other);
                String what = found.map(mismatch -> mismatch.describe(run.seed(), policy.text()))
                        .orElse("");
                assertThat(found).as(what).isEmpty();
            }
        }
    }

    /**
     * Returns whether the policy compiles. Patterns that together need more states than a program
     * may have are rejected with a code of their own.
     */
    private static boolean compiles(GeneratedPolicy policy) {
        CompileResult result = Compiler.compile(new SourceFile("generated.wall", policy.text()), SETTINGS);
        if (result.compilation().isEmpty()) {
            assertThat(result.diagnostics())
                    .as(policy.text())
                    .anyMatch(diagnostic -> diagnostic.code() == Code.TOO_MANY_PATTERNS);
        }
        return result.compilation().isPresent();
    }

    @Test
    @KernelTest
    void theKernelDecidesAsTheReference() {
        RunningKernel.needs(6, 7, "hooks at unix sockets");
        Tally tally = new Tally();
        try (ChildCgroup free = ChildCgroup.make();
                ChildCgroup bound = ChildCgroup.make();
                ProbeProcess outside = ProbeProcess.in(free.path());
                ProbeProcess inside = ProbeProcess.in(bound.path());
                RealCalls without = new RealCalls(outside);
                RealCalls under = new RealCalls(inside)) {
            for (int i = 0; i < Math.max(24, run.policies() / 20); i++) {
                GeneratedPolicy policy = PolicyGenerator.ofUnix(run.seed() + i);
                if (!compiles(policy) || !ProbeProcess.foresees(policy.text())) {
                    continue;
                }
                RandomChoices choices = new RandomChoices(~(run.seed() + i));
                Map<Param, Long> params = policy.params(choices);
                Feasible feasible = new Feasible(choices, inside.caller());
                Map<Probe, Answer> before = new LinkedHashMap<>();
                policy.requests(choices, params, run.requests()).stream()
                        .flatMap(request -> feasible.probe(request).stream())
                        .forEach(probe -> before.put(probe, without.make(probe, actor(probe))));
                try (Enforced enforced = Enforced.on(bound, object(policy), params)) {
                    Comparison comparison = new Comparison(policy, params, without, under, tally);
                    before.forEach(comparison::hold);
                }
            }
        }
        System.out.printf("kernel = reference about Unix sockets: %s%n", tally);
        assertThat(List.of(tally.denied, tally.allowed, tally.moved, tally.reported, tally.renamed))
                .as(tally.toString())
                .allMatch(count -> count > 0);
    }

    private static final class Tally {
        private int denied;
        private int allowed;
        private int moved;
        private int reported;
        private int renamed;

        @Override
        public String toString() {
            return "%d denied, %d allowed, %d of them elsewhere; %d names, %d of them others"
                    .formatted(denied, allowed, moved, reported, renamed);
        }
    }

    /** A comparison of the results of calls under a policy with their results without it. */
    private record Comparison(
            GeneratedPolicy policy, Map<Param, Long> params, RealCalls without, RealCalls under, Tally tally) {
        void hold(Probe probe, Answer before) {
            Request.AtPath request = (Request.AtPath) probe.requests().get(0);
            Decision decision = Reference.decide(policy.policy(), params, request);
            String what = policy.text() + params + request + "\nwithout " + before;
            if (before.step().startsWith("named:")) {
                checkReportedName(probe, request, decision, before, what);
            } else if (before.errno() == EINVAL || before.step().equals("bind")) {
                assertThat(under.make(probe, request.actor())).as(what).isEqualTo(before);
            } else {
                reached(probe, request, decision, before, what);
            }
        }

        private void checkReportedName(
                Probe probe, Request.AtPath request, Decision decision, Answer before, String what) {
            assertThat(before).as(what).isEqualTo(named(request, List.of()));
            Answer expected = named(request, decision.writes());
            assertThat(under.make(probe, request.actor())).as(what).isEqualTo(expected);
            tally.reported++;
            tally.renamed += expected.equals(before) ? 0 : 1;
        }

        private Answer named(Request request, List<Effect> effects) {
            return new Answer(0, "named:" + HexFormat.of().formatHex(address(request, effects)));
        }

        private byte[] address(Request request, List<Effect> effects) {
            return Effects.answer(request, Verdict.ALLOW, effects, params, ByteOrder.nativeOrder())
                    .address()
                    .orElseThrow()
                    .toArray();
        }

        private void reached(Probe probe, Request.AtPath request, Decision decision, Answer before, String what) {
            if (decision.verdict() instanceof Verdict.Deny deny) {
                Answer answer = under.make(probe, request.actor());
                assertThat(answer.errno()).as(what).isEqualTo(deny.errno().number());
                tally.denied++;
                return;
            }
            tally.allowed++;
            if (decision.writes().isEmpty()) {
                assertThat(under.make(probe, request.actor())).as(what).isEqualTo(before);
                return;
            }
            byte[] address = address(request, decision.writes());
            ByteString moved = ByteString.of(Arrays.copyOfRange(address, 2, address.length));
            tally.moved++;
            if (moved.at(0) == 0) {
                Answer there = under.make(request, moved);
                assertThat(there.errno()).as(what + " goes to " + moved).isZero();
            } else {
                Request.AtPath direct = new Request.AtPath(request.hook(), request.type(), moved, request.actor());
                Answer expected = without.make(new Probe("", List.of(direct)), request.actor());
                assertThat(under.make(probe, request.actor())).as(what).isEqualTo(expected);
            }
        }
    }

    private static Actor actor(Probe probe) {
        return probe.requests().get(0).actor();
    }

    private static BpfObject object(GeneratedPolicy policy) {
        return Compiler.compile(new SourceFile("generated.wall", policy.text()), SETTINGS)
                .compilation()
                .orElseThrow()
                .object();
    }
}
