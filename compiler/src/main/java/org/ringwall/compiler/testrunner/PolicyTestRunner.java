// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.PolicyTest;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.Decision;
import org.ringwall.compiler.reference.Trace;
import org.ringwall.compiler.source.Span;

/**
 * A runner of `test` blocks on the emitted programs, whose results are compared with the reference
 * evaluator.
 */
public final class PolicyTestRunner {
    private final Policy policy;
    private final BpfObject object;
    private final KernelVersion kernel;

    private PolicyTestRunner(Policy policy, BpfObject object, KernelVersion kernel) {
        this.policy = policy;
        this.object = object;
        this.kernel = kernel;
    }

    /**
     * Runs every test of the policy.
     *
     * @param object the object that was emitted for it, for machines of the byte order that its
     *     tests were read for
     * @param kernel the oldest kernel of the object
     */
    public static List<TestResult> run(Policy policy, BpfObject object, KernelVersion kernel) {
        PolicyTestRunner runner = new PolicyTestRunner(policy, object, kernel);
        return policy.tests().stream().map(runner::run).toList();
    }

    /** Runs one test of the policy, as {@link #run(Policy, BpfObject, KernelVersion)} does. */
    public static TestResult run(Policy policy, PolicyTest test, BpfObject object, KernelVersion kernel) {
        return new PolicyTestRunner(policy, object, kernel).run(test);
    }

    private TestResult run(PolicyTest test) {
        PolicyInForce inForce = PolicyInForce.of(policy, object, kernel);
        return new TestResult(
                test, test.cases().stream().map(line -> run(inForce, line)).toList());
    }

    /** Runs the requests in the kernel's order; the first denial ends the call. */
    private CaseResult run(PolicyInForce inForce, PolicyTest.Case line) {
        inForce.pass(line.after());
        inForce.tell(line.params(), line.content());
        List<Request> requests = line.probe().requests();
        List<Effect> effects = new ArrayList<>();
        Set<Span> matched = new LinkedHashSet<>();
        Verdict verdict = Verdict.ALLOW;
        for (Request request : requests) {
            PolicyInForce.Judgement judgement = judge(inForce, line, request);
            Decision decision = judgement.decision();
            effects.addAll(judgement.writes());
            matched(decision.trace()).forEach(matched::add);
            decision.records().forEach(record -> effects.add(record.effect()));
            boolean plain = decision.verdict().equals(Verdict.ALLOW);
            verdict = plain ? verdict : decision.verdict();
            if (!decision.verdict().allows() || request.equals(requests.get(requests.size() - 1))) {
                return new CaseResult(
                        line,
                        verdict,
                        effects,
                        request,
                        decision.rules().stream()
                                .map(place -> place.in(policy).span())
                                .toList(),
                        List.copyOf(matched),
                        decision.rules().stream()
                                .flatMap(place -> place.in(policy).because().stream())
                                .reduce((first, last) -> last));
            }
        }
        throw new IllegalStateException("a probe without requests");
    }

    /**
     * Returns the rules whose guards were true, except at sock_create for a remote end that is not
     * known yet: there an allowing rule only shows that some remote end could be allowed.
     */
    private Stream<Span> matched(Trace trace) {
        return trace.questions().stream()
                .flatMap(question -> question.walks().stream())
                .filter(walk -> walk.manner() != Trace.Manner.REMOTE_UNKNOWN)
                .flatMap(walk -> walk.steps().stream()
                        .filter(step -> step.act() != Trace.Act.PASSED)
                        .map(step -> policy.blocks()
                                .get(walk.block())
                                .rules()
                                .get(step.rule())
                                .span()));
    }

    private static PolicyInForce.Judgement judge(PolicyInForce inForce, PolicyTest.Case line, Request request) {
        try {
            return inForce.judge(request);
        } catch (IllegalStateException e) {
            throw new IllegalStateException(line.span() + ": " + e.getMessage(), e);
        }
    }
}
