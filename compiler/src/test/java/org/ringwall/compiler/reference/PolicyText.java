// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.PolicyTest;
import org.ringwall.compiler.policy.Reason;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.sema.CheckResult;
import org.ringwall.compiler.sema.Options;
import org.ringwall.compiler.sema.PolicyChecker;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.syntax.PolicyParser;
import org.ringwall.compiler.testrunner.Effects;

/** A policy text whose tests run on the reference evaluator only. */
record PolicyText(Policy policy) {
    /** Returns a policy, which must not have errors. */
    static PolicyText of(String text) {
        CheckResult result = PolicyChecker.check(
                PolicyParser.parse(new SourceFile("p.wall", text)).file().orElseThrow(), Options.NONE);
        assertThat(result.policy())
                .as(DiagnosticRenderer.render(result.diagnostics()))
                .isPresent();
        return new PolicyText(result.policy().orElseThrow());
    }

    /** Returns every line whose result differs from its test, with the result. */
    List<String> failures() {
        List<String> failures = new ArrayList<>();
        for (PolicyTest test : policy.tests()) {
            Buckets buckets = new Buckets();
            Origins origins = new Origins(false);
            for (PolicyTest.Case line : test.cases()) {
                buckets.pass(line.after());
                failure(line, new EvaluationContext(line.params(), line.content(), buckets, origins))
                        .ifPresent(failures::add);
            }
        }
        return failures;
    }

    /** Returns the records of each line of all tests, in order. */
    List<List<Recorded>> records() {
        List<List<Recorded>> records = new ArrayList<>();
        for (PolicyTest test : policy.tests()) {
            Buckets buckets = new Buckets();
            Origins origins = new Origins(false);
            for (PolicyTest.Case line : test.cases()) {
                buckets.pass(line.after());
                EvaluationContext context = new EvaluationContext(line.params(), line.content(), buckets, origins);
                List<Recorded> told = new ArrayList<>();
                for (Request request : line.probe().requests()) {
                    Decision decision = Reference.decide(policy, context, request);
                    told.addAll(decision.records());
                    if (!decision.verdict().allows()) {
                        break;
                    }
                }
                records.add(told);
            }
        }
        return records;
    }

    private Optional<String> failure(PolicyTest.Case line, EvaluationContext context) {
        List<Effect> happened = new ArrayList<>();
        Verdict verdict = Verdict.ALLOW;
        Optional<Reason> because = Optional.empty();
        for (Request request : line.probe().requests()) {
            Decision decision = Reference.decide(policy, context, request);
            happened.addAll(Effects.resolved(decision.writes(), context, request));
            decision.records().forEach(record -> happened.add(record.effect()));
            verdict = decision.verdict().equals(Verdict.ALLOW) ? verdict : decision.verdict();
            because = decision.rules().stream()
                    .flatMap(place -> place.in(policy).because().stream())
                    .reduce((first, last) -> last);
            if (!decision.verdict().allows()) {
                break;
            }
        }
        return line.expected().meets(verdict, happened, because)
                ? Optional.empty()
                : Optional.of("%s: %s %s %s".formatted(line.span().text(), verdict, Effect.text(happened), because));
    }
}
