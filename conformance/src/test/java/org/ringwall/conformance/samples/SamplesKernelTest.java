// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.PolicyTest;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.differential.TextMeaning;
import org.ringwall.conformance.kernel.Answer;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.PolicyObjects;
import org.ringwall.conformance.kernel.ProbeProcess;
import org.ringwall.conformance.kernel.RealCalls;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test of every line of every sample's test blocks as a real system call in a child cgroup, first
 * without the policy, then under it. A denied call fails with the policy's errno; an allowed call
 * has the same result as without the policy. A call that the kernel denies to this user in any case
 * (file permissions are checked first) stays denied. {@link StateSamplesKernelTest} and
 * {@link FlowSamplesKernelTest} cover the samples that keep state, log, or write.
 */
@KernelTest
class SamplesKernelTest {
    /** Uses one process for all samples, because starting a process takes longer than its calls. */
    @TestFactory
    Stream<DynamicTest> everyTestLineHoldsOnTheKernel() {
        ChildCgroup cgroup = ChildCgroup.make();
        ProbeProcess process = ProbeProcess.in(cgroup.path());
        return Samples.all().stream()
                .filter(path -> !StateSamplesKernelTest.HELD.contains(StateSamplesKernelTest.name(path)))
                .map(path ->
                        DynamicTest.dynamicTest(path.getFileName().toString(), () -> proves(path, cgroup, process)))
                .onClose(cgroup::close)
                .onClose(process::close);
    }

    private static void proves(Path path, ChildCgroup cgroup, ProbeProcess process) {
        SourceFile source = new SourceFile(path.getFileName().toString(), Samples.read(path));
        Policy policy = TextMeaning.read(source);
        BpfObject object = PolicyObjects.of(source.name(), source.text());
        policy.requires().ifPresent(floor -> needs(policy, floor));
        Map<PolicyTest.Case, Answer> free = new LinkedHashMap<>();
        try (RealCalls calls = new RealCalls(process)) {
            cases(policy).forEach(line -> free.put(line, calls.make(line.probe(), actor(policy, line))));
            try (Enforced enforced = Enforced.on(cgroup, object, Map.of())) {
                Map<Param, Long> params = Map.of();
                int proved = 0;
                for (PolicyTest.Case line : cases(policy)) {
                    if (!line.params().equals(params)) {
                        params = line.params();
                        enforced.set(params);
                    }
                    Answer answer = calls.make(line.probe(), actor(policy, line));
                    compare(policy, line, answer, free);
                    proved += answer.errno() != free.getOrDefault(line, answer).errno() ? 1 : 0;
                }
                assertThat(proved).as("calls whose outcome the policy changed").isPositive();
            }
            cases(policy)
                    .forEach(line -> assertThat(calls.make(line.probe(), actor(policy, line))
                                    .errno())
                            .as("after removal: " + line.span())
                            .isEqualTo(
                                    free.getOrDefault(line, new Answer(-1, "")).errno()));
        }
    }

    /**
     * Skips the policy if this kernel lacks a feature that it uses, named in the message; the
     * policy's floor may be higher.
     */
    private static void needs(Policy policy, KernelVersion floor) {
        for (Hook hook : policy.blocks().stream()
                .flatMap(block -> block.hooks().stream())
                .toList()) {
            RunningKernel.needs(hook.since().major(), hook.since().minor(), "the hook " + hook.word());
        }
        boolean choosesErrno = policy.blocks().stream()
                .flatMap(block -> block.rules().stream())
                .flatMap(rule -> rule.verdict().stream())
                .anyMatch(verdict -> verdict instanceof Verdict.Deny deny && deny.errno() != Errno.EPERM);
        if (choosesErrno) {
            RunningKernel.needs(5, 18, "choice of errno (bpf_set_retval)");
        }
        RunningKernel.needs(
                floor.major(), floor.minor(), "what a policy with `requires kernel " + floor + "` may be made of");
    }

    private static void compare(Policy policy, PolicyTest.Case line, Answer answer, Map<PolicyTest.Case, Answer> free) {
        String what = line.span() + " " + line.probe().text() + " gave " + answer;
        Verdict verdict = verdict(policy, line);
        assertThat(verdict.allows())
                .as(what)
                .isEqualTo(line.expected().verdict().allows());
        Answer before = free.getOrDefault(line, new Answer(0, ""));
        boolean refusedAnyway = before.errno() != 0 && answer.equals(before);
        if (verdict instanceof Verdict.Deny deny && !refusedAnyway) {
            assertThat(answer.errno()).as(what).isEqualTo(deny.errno().number());
        } else if (verdict.allows() && answer.errno() != before.errno()) {
            assertThat(answer.errno()).as(what).isNotEqualTo(Errno.EPERM.number());
        }
    }

    /** Returns the reference's verdict on the requests of the call: the first denial, if any. */
    private static Verdict verdict(Policy policy, PolicyTest.Case line) {
        Map<Param, Long> params = new HashMap<>(line.params());
        for (Request request : line.probe().requests()) {
            Verdict verdict = Reference.decide(policy, params, request).verdict();
            if (!verdict.allows()) {
                return verdict;
            }
        }
        return Verdict.ALLOW;
    }

    /**
     * Returns the user of the call: root if the policy does not test the caller's identity, so that
     * only the policy can deny.
     */
    private static Actor actor(Policy policy, PolicyTest.Case line) {
        return Identity.matters(policy) ? line.probe().requests().get(0).actor() : new Actor(0, 0);
    }

    /**
     * Returns the test lines whose object exists here: a sysctl that this kernel lacks fails with
     * ENOENT before any hook runs.
     */
    private static List<PolicyTest.Case> cases(Policy policy) {
        return policy.tests().stream()
                .flatMap(test -> test.cases().stream())
                .filter(line -> line.probe().requests().stream().allMatch(SamplesKernelTest::exists))
                .toList();
    }

    private static boolean exists(Request request) {
        return !(request instanceof Request.TouchSysctl sysctl)
                || Path.of("/proc/sys", sysctl.name()).toFile().exists();
    }
}
