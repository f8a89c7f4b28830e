package org.ringwall.compiler.testing;

import java.util.List;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.PolicyTest;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.Decision;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.compiler.request.Request;

/** Runs `test` blocks on the emitted programs, and holds what they say against the reference evaluator. */
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
     * @param object what was emitted for it, little-endian
     * @param kernel the oldest one that the object is for
     */
    public static List<TestResult> run(Policy policy, BpfObject object, KernelVersion kernel) {
        PolicyTestRunner runner = new PolicyTestRunner(policy, object, kernel);
        return policy.tests().stream().map(runner::run).toList();
    }

    private TestResult run(PolicyTest test) {
        return new TestResult(test, test.cases().stream().map(this::run).toList());
    }

    /** The requests in the order in which the kernel asks; the first denial ends the call. */
    private CaseResult run(PolicyTest.Case line) {
        EmittedPolicy emitted = EmittedPolicy.load(object, line.params(), kernel);
        List<Request> requests = line.probe().requests();
        for (Request request : requests) {
            Decision decision = Reference.decide(policy, line.params(), request);
            Verdict verdict = emitted.decide(request);
            if (!verdict.equals(decision.verdict())) {
                throw new IllegalStateException("%s: the program says %s and the policy %s to %s"
                        .formatted(line.span(), verdict, decision.verdict(), request));
            }
            if (!verdict.allows() || request.equals(requests.get(requests.size() - 1))) {
                return new CaseResult(
                        line,
                        verdict,
                        request,
                        decision.rules().stream()
                                .map(place -> place.in(policy).span())
                                .toList());
            }
        }
        throw new IllegalStateException("a probe without requests");
    }
}
