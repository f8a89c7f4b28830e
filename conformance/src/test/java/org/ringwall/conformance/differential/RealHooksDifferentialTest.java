package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.ReturnBit;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.compiler.driver.Compiler;
import org.ringwall.compiler.driver.Settings;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.compiler.request.Actor;
import org.ringwall.compiler.request.Probe;
import org.ringwall.compiler.request.Request;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.generate.Draw;
import org.ringwall.conformance.generate.GeneratedPolicy;
import org.ringwall.conformance.kernel.Answer;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.Feasible;
import org.ringwall.conformance.kernel.ProbeProcess;
import org.ringwall.conformance.kernel.RealCalls;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * Reference = kernel through the real hooks: random policies in force on a cgroup, and real system calls in it. Each call
 * is made first by a process in a cgroup without a policy; what the policy allows must fare the same.
 */
@KernelTest
class RealHooksDifferentialTest {
    private static final boolean ERRNOS = RunningKernel.atLeast(5, 18);
    private static final int EACCES = 13;
    private static final int EINVAL = 22;
    private static final int EPROTONOSUPPORT = 93;
    private static final int ECONNREFUSED = 111;
    private static final int EINPROGRESS = 115;

    private int denied;
    private int allowed;
    private int unasked;
    private int changed;
    private int unforeseen;

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
                if (!foreseen(policy.text())) {
                    unforeseen++;
                    continue;
                }
                Draw draw = new Draw(~(run.seed() + i));
                Map<Param, Long> params = policy.params(draw);
                Map<Probe, Answer> before = new LinkedHashMap<>();
                Feasible feasible = new Feasible(draw, inside.caller());
                policy.requests(draw, params, run.requests()).stream()
                        .flatMap(request -> feasible.probe(request).stream())
                        .filter(probe -> !asksMore(policy.policy(), probe))
                        .forEach(probe -> before.put(probe, without.make(probe, actor(probe))));
                try (Enforced enforced = Enforced.on(bound, object(policy), params)) {
                    before.forEach(
                            (probe, answer) -> compare(policy, params, probe, answer, under.make(probe, actor(probe))));
                }
            }
        }
        System.out.printf(
                "kernel = reference through real hooks: %d policies, %d calls denied, %d allowed, %d refused before the hook, %d changed%n",
                policies - unforeseen, denied, allowed, unasked, changed);
        assertThat(denied).isPositive();
        assertThat(allowed).isPositive();
        assertThat(unasked).isLessThan((denied + allowed) / 2);
    }

    /** Nobody foresees the cookie of the next socket. */
    private static boolean foreseen(String policy) {
        return !policy.contains("cookie") && (ProbeProcess.KNOWS_NETNS || !policy.contains("netns"));
    }

    /** Whether the call goes on to ask at hooks that the probe does not speak of: packets, and ports that have been taken. */
    private static boolean asksMore(Policy policy, Probe probe) {
        Set<Hook> more = EnumSet.noneOf(Hook.class);
        for (Request request : probe.requests()) {
            if (request instanceof Request.AtAddress at) {
                boolean binds = at.hook() == Hook.BIND4 || at.hook() == Hook.BIND6;
                more.addAll(
                        binds ? List.of(Hook.POST_BIND4, Hook.POST_BIND6) : List.of(Hook.SKB_EGRESS, Hook.SKB_INGRESS));
            }
        }
        return policy.blocks().stream().flatMap(block -> block.hooks().stream()).anyMatch(more::contains);
    }

    private static Actor actor(Probe probe) {
        return probe.requests().get(0).actor();
    }

    /** Before 5.18 no program chooses an errno: there every denial is EPERM, in the policy and in its meaning. */
    private static Policy meant(GeneratedPolicy policy) {
        return ERRNOS ? policy.policy() : policy.withoutErrnos();
    }

    private static BpfObject object(GeneratedPolicy policy) {
        if (!ERRNOS) {
            return MachineMeaning.object(meant(policy), new Target(KernelVersion.V5_10, ByteOrder.nativeOrder()));
        }
        Settings settings = new Settings(List.of(KernelVersion.V6_1), ByteOrder.LITTLE_ENDIAN, Map.of());
        return Compiler.compile(new SourceFile("generated.wall", policy.text()), settings)
                .compilation()
                .orElseThrow()
                .object();
    }

    private void compare(GeneratedPolicy policy, Map<Param, Long> params, Probe probe, Answer before, Answer answer) {
        if (isChanged(policy, params, probe)) {
            changed++;
            return;
        }
        Verdict verdict = verdict(policy, params, probe);
        String what = policy.text() + params + "\n" + probe.text() + "\nwithout " + before + ", under " + answer;
        if (verdict instanceof Verdict.Deny deny) {
            if (answer.equals(before) && beforeTheHook(before, probe)) {
                unasked++;
                return;
            }
            assertThat(answer.errno()).as(what).isEqualTo(deny.errno().number());
            denied++;
        } else {
            assertThat(settled(answer)).as(what).isEqualTo(settled(before));
            boolean answers = probe.requests().stream().anyMatch(Request.UseOption.class::isInstance);
            if (answers) {
                assertThat(answer).as(what).isEqualTo(before);
            }
            allowed++;
        }
    }

    /** What is written into a call decides how it fares afterwards: EveryHookKernelTest looks at that. */
    private static boolean isChanged(GeneratedPolicy policy, Map<Param, Long> params, Probe probe) {
        return probe.requests().stream()
                .map(request -> Reference.decide(policy.policy(), params, request))
                .anyMatch(decision ->
                        !decision.effects().isEmpty() || decision.verdict().bit() != ReturnBit.NONE);
    }

    /**
     * Port 0, file permissions, capabilities and ping_group_range are looked at before any program is asked, and so is
     * whether the kernel was built with the protocol (MPTCP).
     */
    private static boolean beforeTheHook(Answer before, Probe probe) {
        boolean unprivileged = before.errno() != 0 && actor(probe).uid() != 0;
        boolean pingGroup = before.errno() == EACCES && before.step().equals("socket");
        boolean notBuilt = before.errno() == EPROTONOSUPPORT && before.step().equals("socket");
        return before.errno() == EINVAL || unprivileged || pingGroup || notBuilt;
    }

    /** A connection that is on its way, or was refused by nobody listening, has passed the hook. */
    private static int settled(Answer answer) {
        return answer.errno() == EINPROGRESS || answer.errno() == ECONNREFUSED ? 0 : answer.errno();
    }

    /** The errno of a getsockopt that the kernel has failed already: a denial leaves it alone. */
    private static Optional<Verdict> toldBefore(Request request) {
        return request instanceof Request.UseOption use && use.retval() < 0
                ? Errno.of(-use.retval()).map(Verdict.Deny::new)
                : Optional.empty();
    }

    private static Verdict verdict(GeneratedPolicy policy, Map<Param, Long> params, Probe probe) {
        for (Request request : probe.requests()) {
            Verdict verdict = Reference.decide(meant(policy), params, request).verdict();
            if (!verdict.allows()) {
                return toldBefore(request).orElse(verdict);
            }
        }
        return Verdict.ALLOW;
    }
}
