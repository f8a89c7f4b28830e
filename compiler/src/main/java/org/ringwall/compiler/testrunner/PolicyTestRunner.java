// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.PolicyTest;
import org.ringwall.compiler.policy.Reason;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.Trace;
import org.ringwall.compiler.report.Decision;
import org.ringwall.compiler.report.RuleText;
import org.ringwall.compiler.report.TestReport;
import org.ringwall.compiler.source.SourceFile;

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
    public static List<TestReport> run(Policy policy, BpfObject object, KernelVersion kernel) {
        PolicyTestRunner runner = new PolicyTestRunner(policy, object, kernel);
        return policy.tests().stream().map(runner::run).toList();
    }

    /** Runs one test of the policy, as {@link #run(Policy, BpfObject, KernelVersion)} does. */
    public static TestReport run(Policy policy, PolicyTest test, BpfObject object, KernelVersion kernel) {
        return new PolicyTestRunner(policy, object, kernel).run(test);
    }

    private TestReport run(PolicyTest test) {
        PolicyInForce inForce = PolicyInForce.of(policy, object, kernel);
        return new TestReport(
                test.name(),
                test.span().position().line(),
                test.cases().stream().map(line -> run(inForce, line)).toList());
    }

    /** Runs the requests in the kernel's order; the first denial ends the call. */
    private TestReport.Case run(PolicyInForce inForce, PolicyTest.Case line) {
        inForce.pass(line.after());
        inForce.tell(line.params(), line.content());
        List<Request> requests = line.probe().requests();
        List<Effect> effects = new ArrayList<>();
        Set<RuleText> matched = new LinkedHashSet<>();
        Verdict verdict = Verdict.ALLOW;
        for (Request request : requests) {
            PolicyInForce.Judgement judgement = judge(inForce, line, request);
            org.ringwall.compiler.reference.Decision decision = judgement.decision();
            effects.addAll(judgement.writes());
            matched(decision.trace()).forEach(matched::add);
            decision.records().forEach(record -> effects.add(record.effect()));
            boolean plain = decision.verdict().equals(Verdict.ALLOW);
            verdict = plain ? verdict : decision.verdict();
            if (!decision.verdict().allows() || request.equals(requests.get(requests.size() - 1))) {
                return report(line, verdict, effects, decision, List.copyOf(matched));
            }
        }
        throw new IllegalStateException("a probe without requests");
    }

    /**
     * Returns the result of a line.
     *
     * @param verdict the verdict of the first request that was denied, else `allow`, with a
     *     modifier if some request got one
     * @param effects the writes of all requests that were allowed before one was denied, with
     *     params as numbers, and all records
     * @param last the decision about the denied request, or about the last one of the probe
     */
    private TestReport.Case report(
            PolicyTest.Case line,
            Verdict verdict,
            List<Effect> effects,
            org.ringwall.compiler.reference.Decision last,
            List<RuleText> matched) {
        List<Rule> deciders =
                last.rules().stream().map(place -> place.in(policy)).toList();
        Optional<Reason> because =
                deciders.stream().flatMap(rule -> rule.because().stream()).reduce((first, second) -> second);
        SourceFile.Position at = line.span().position();
        return new TestReport.Case(
                line.span().file().name(),
                at.line(),
                at.column(),
                line.expected().meets(verdict, effects, because),
                line.expected().toString(),
                outcome(line.expected(), verdict, effects, because),
                new Decision(
                        new org.ringwall.compiler.report.Request(line.text().replace('\r', ' ')),
                        verdict.allows(),
                        verdict instanceof Verdict.Deny deny
                                ? Optional.of(deny.errno().toString())
                                : Optional.empty(),
                        verdict.toString(),
                        effects.stream().map(Effect::toString).toList(),
                        deciders.stream().map(rule -> rule.span().ruleText()).toList(),
                        because.map(Reason::text)),
                matched);
    }

    /** Returns the result in the words of the language, as exactly as the line states it. */
    private static String outcome(
            PolicyTest.Expectation expected, Verdict verdict, List<Effect> effects, Optional<Reason> because) {
        String came = expected.effects().isEmpty() ? "" : " " + Effect.text(effects);
        String reason = expected.because().isEmpty()
                ? ""
                : because.map(text -> " " + text).orElse(" without a reason");
        return (expected.anyErrno() ? verdict.toString() : verdict.exact()) + came + reason;
    }

    /**
     * Returns the rules whose guards were true, except at sock_create for a remote end that is not
     * known yet: there an allowing rule only shows that some remote end could be allowed.
     */
    private Stream<RuleText> matched(Trace trace) {
        return trace.questions().stream()
                .flatMap(question -> question.walks().stream())
                .filter(walk -> walk.manner() != Trace.Manner.REMOTE_UNKNOWN)
                .flatMap(walk -> walk.steps().stream()
                        .filter(step -> step.act() != Trace.Act.PASSED)
                        .map(step -> policy.blocks()
                                .get(walk.block())
                                .rules()
                                .get(step.rule())
                                .span()
                                .ruleText()));
    }

    private static PolicyInForce.Judgement judge(PolicyInForce inForce, PolicyTest.Case line, Request request) {
        try {
            return inForce.judge(request);
        } catch (IllegalStateException e) {
            throw new IllegalStateException(line.span() + ": " + e.getMessage(), e);
        }
    }
}
