// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.compiler.diagram.RuleForm;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Probe;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.conformance.generate.GeneratedPolicy;
import org.ringwall.conformance.generate.RandomChoices;
import org.ringwall.conformance.kernel.Answer;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.Feasible;
import org.ringwall.conformance.kernel.PolicyObjects;
import org.ringwall.conformance.kernel.ProbeProcess;
import org.ringwall.conformance.kernel.RealCalls;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test that reference and kernel agree through the real hooks: random policies in force on a
 * cgroup, and real system calls in it. Each call is first made by a process in a cgroup without a
 * policy. An allowed call must have the same result; a rewritten call must have the result of the
 * rewritten call there.
 */
@KernelTest
class RealHooksDifferentialTest {
    private static final boolean ERRNOS = RunningKernel.atLeast(5, 18);

    private int denied;
    private int allowed;
    private int unasked;
    private int rewritten;
    private int later;
    private int unforeseen;
    private int foreign;

    @Test
    void thePolicyInForceDecidesAsTheReference() {
        Differential run = Differential.ofProperties(48);
        int policies = Math.max(8, run.policies() / 50);
        try (ChildCgroup free = ChildCgroup.make();
                ChildCgroup bound = ChildCgroup.make();
                ProbeProcess outside = ProbeProcess.in(free.path());
                ProbeProcess inside = ProbeProcess.in(bound.path());
                RealCalls without = new RealCalls(outside);
                RealCalls under = new RealCalls(inside)) {
            for (int i = 0; i < policies; i++) {
                GeneratedPolicy policy = run.policy(i);
                Target running = new Target(MachineMeaning.kernel(meant(policy)), ByteOrder.nativeOrder());
                if (Enforced.refuses(policy.text())
                        || !ProbeProcess.foresees(policy.text())
                        || !ERRNOS && !MachineMeaning.fits(meant(policy), running)) {
                    foreign++;
                    continue;
                }
                RandomChoices choices = new RandomChoices(~(run.seed() + i));
                Map<Param, Long> params = policy.params(choices);
                Map<Probe, Answer> before = new LinkedHashMap<>();
                Feasible feasible = new Feasible(choices, inside.caller());
                policy.requests(choices, params, run.requests()).stream()
                        .flatMap(request -> feasible.probe(request).stream())
                        .forEach(probe -> before.put(probe, without.make(probe, actor(probe))));
                try (Enforced enforced = Enforced.on(bound, object(policy, i), params)) {
                    before.forEach((probe, answer) ->
                            compare(policy, params, probe, answer, without, under.make(probe, actor(probe))));
                }
            }
        }
        System.out.printf(
                "kernel = reference through real hooks: %d policies, %d calls denied, %d allowed, %d of them rewritten, %d asked about again later, %d refused before the hook, %d not foreseen%n",
                policies - foreign, denied, allowed, rewritten, later, unasked, unforeseen);
        assertThat(denied).isPositive();
        assertThat(allowed).isPositive();
        assertThat(unasked).isLessThan((denied + allowed) / 2);
        assertThat(unforeseen).isLessThan((denied + allowed) / 4);
    }

    private static Actor actor(Probe probe) {
        return probe.requests().get(0).actor();
    }

    /**
     * Returns the policy as this kernel runs it: before 5.18 no program chooses an errno, so every
     * denial is EPERM.
     */
    private static Policy meant(GeneratedPolicy policy) {
        return ERRNOS ? policy.policy() : policy.withoutErrnos();
    }

    /**
     * Returns the object of the policy; of three, one with rules combined as bit vectors and one
     * with rules tested in turn, where possible.
     */
    private static BpfObject object(GeneratedPolicy policy, int number) {
        Target target = new Target(MachineMeaning.kernel(meant(policy)), ByteOrder.nativeOrder());
        Optional<BpfObject> other = switch (number % 3) {
            case 1 -> MachineMeaning.inForm(RuleForm.BIT_VECTORS, meant(policy), target);
            case 2 -> MachineMeaning.inForm(RuleForm.IN_TURN, meant(policy), target);
            default -> Optional.empty();
        };
        return other.orElseGet(() -> object(policy));
    }

    private static BpfObject object(GeneratedPolicy policy) {
        if (!ERRNOS) {
            return MachineMeaning.object(meant(policy), new Target(KernelVersion.V5_10, ByteOrder.nativeOrder()));
        }
        return PolicyObjects.of("generated.wall", policy.text(), KernelVersion.V6_1);
    }

    private void compare(
            GeneratedPolicy policy,
            Map<Param, Long> params,
            Probe probe,
            Answer before,
            RealCalls without,
            Answer answer) {
        PredictedResult foreseen = PredictedResult.of(meant(policy), params, probe);
        String what = policy.text() + params + "\n" + probe.text() + "\nwithout " + before + ", under " + answer
                + "\nforeseen " + foreseen;
        if (foreseen instanceof PredictedResult.Refused refused) {
            if (answer.equals(before) && HookResult.beforeTheHook(before, probe)) {
                unasked++;
                return;
            }
            assertThat(answer.errno()).as(what).isEqualTo(refused.errno());
            denied++;
        } else if (foreseen instanceof PredictedResult.GoesOn goesOn) {
            goesOn(policy, params, probe, before, without, answer, goesOn, what);
        } else {
            unforeseen++;
        }
    }

    /**
     * Compares an allowed call with its result without a policy. A rewritten call is made there
     * now.
     */
    private void goesOn(
            GeneratedPolicy policy,
            Map<Param, Long> params,
            Probe probe,
            Answer before,
            RealCalls without,
            Answer answer,
            PredictedResult.GoesOn goesOn,
            String what) {
        boolean same = goesOn.made().equals(probe) && goesOn.by().equals(actor(probe));
        Answer free = same ? before : without.make(goesOn.made(), goesOn.by());
        Optional<Verdict> asked = goesOn.next()
                .filter(request -> HookResult.settled(free) == 0)
                .map(request -> Reference.decide(meant(policy), params, request).verdict());
        if (asked.isPresent() && asked.get() instanceof Verdict.Deny deny) {
            assertThat(answer.errno()).as(what).isEqualTo(deny.errno().number());
            denied++;
            later++;
            return;
        }
        assertThat(HookResult.settled(answer))
                .as(what + "\nthat outside " + free)
                .isEqualTo(HookResult.settled(free));
        boolean answers = probe.requests().stream().anyMatch(Request.UseOption.class::isInstance);
        if (answers) {
            assertThat(answer).as(what).isEqualTo(free);
        }
        rewritten += same ? 0 : 1;
        allowed++;
    }
}
