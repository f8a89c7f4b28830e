// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.compiler.model.request.Probe;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.PolicyTest;
import org.ringwall.compiler.policy.RequestPrinter;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.Buckets;
import org.ringwall.compiler.reference.Decision;
import org.ringwall.compiler.reference.EvaluationContext;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.compiler.reference.Trace;
import org.ringwall.compiler.source.SourceFile;

/**
 * An explanation of a policy's decision about a probe: each request, each block that applies, each
 * rule that is evaluated.
 */
public record Explanation(Verdict verdict, String text) {
    /**
     * Explains the decision of the reference evaluator; params that are not given have their
     * defaults, and there is no state.
     */
    public static Explanation of(Policy policy, Map<Param, Long> params, Probe probe) {
        return of(policy, EvaluationContext.of(params), probe, probe.text());
    }

    /** Explains the decision about a line of a test, with its state. */
    public static Explanation of(Policy policy, PolicyTest.Case line) {
        return of(
                policy, new EvaluationContext(line.params(), line.content(), new Buckets()), line.probe(), line.text());
    }

    private static Explanation of(Policy policy, EvaluationContext context, Probe probe, String attempt) {
        return new Writer(policy, context).explain(probe, attempt);
    }

    private static final class Writer {
        private final Policy policy;
        private final EvaluationContext context;
        private final StringBuilder text = new StringBuilder();

        Writer(Policy policy, EvaluationContext context) {
            this.policy = policy;
            this.context = context;
        }

        Explanation explain(Probe probe, String attempt) {
            Verdict verdict = Verdict.ALLOW;
            line(0, attempt);
            for (Request request : probe.requests()) {
                Decision decision = Reference.decide(policy, context, request);
                List<Effect> effects = new ArrayList<>(Effects.resolved(decision.writes(), context, request));
                decision.records().forEach(record -> effects.add(record.effect()));
                line(1, RequestPrinter.print(request) + ": " + result(decision.verdict(), effects));
                decision.trace().questions().forEach(this::question);
                if (decision.rules().isEmpty()
                        && decision.trace().questions().stream()
                                .allMatch(question -> question.walks().isEmpty())) {
                    line(2, "no block has rules for this request");
                }
                verdict = decision.verdict().equals(Verdict.ALLOW) ? verdict : decision.verdict();
                if (!decision.verdict().allows()) {
                    break;
                }
            }
            line(0, "=> " + verdict);
            return new Explanation(verdict, text.toString());
        }

        /**
         * Returns the verdict with its effects, and the destination of a redirected request in
         * place of `allow`.
         */
        private static String result(Verdict verdict, List<Effect> effects) {
            List<Effect> others = effects.stream()
                    .filter(effect -> !(effect instanceof Effect.Redirect))
                    .toList();
            String words = effects.stream()
                    .filter(Effect.Redirect.class::isInstance)
                    .map(effect -> "redirected to " + ((Effect.Redirect) effect).to())
                    .findFirst()
                    .orElse(verdict.toString());
            return others.isEmpty() ? words : words + " " + Effect.text(others);
        }

        private void question(Trace.Question question) {
            int depth = question.about().isEmpty() ? 2 : 3;
            if (depth == 3) {
                line(2, question.about());
            }
            question.walks().forEach(walk -> walk(depth, walk));
        }

        private void walk(int depth, Trace.Walk walk) {
            Block block = policy.blocks().get(walk.block());
            String name = block.target().text()
                    + block.label().map(label -> " " + label).orElse("");
            String manner = switch (walk.manner()) {
                case ASKED, EFFECTS_ALONE -> "";
                case REMOTE_UNKNOWN -> ", for a socket whose remote end is not known yet";
                case JUDGED_AT_ADDRESS_HOOKS -> ": decided later, when this socket connects or sends";
            };
            line(depth, name + manner);
            for (Trace.Step step : walk.steps()) {
                step(depth + 1, block.rules().get(step.rule()), step);
            }
        }

        private void step(int depth, Rule rule, Trace.Step step) {
            SourceFile.Position at = rule.span().position();
            String place = rule.span().file().name() + ":" + at.line();
            String words = rule.span().text().replaceAll("\\s+", " ");
            String result = switch (step.act()) {
                case PASSED -> step.held().text();
                case ADDED -> "has its effects";
                case WITHOUT_TOKEN -> "matches, but no token is left";
                case MONITORED -> "monitored: would decide";
                case DECIDED -> "decides";
            };
            line(depth, "%s: %s  (%s)".formatted(place, words, result));
            if (!step.reasons().isEmpty()) {
                Stream<String> values = step.reasons().stream()
                        .map(reason -> reason.value() + " (" + reason.truth().text() + ")");
                line(depth + 1, Stream.concat(values, params(step)).collect(Collectors.joining(", ")));
            }
        }

        /** Returns the values of the params with which a rule compared fields, each once. */
        private Stream<String> params(Trace.Step step) {
            return step.reasons().stream()
                    .map(Trace.Reason::atom)
                    .filter(Guard.CompareParam.class::isInstance)
                    .map(atom -> ((Guard.CompareParam) atom).param())
                    .distinct()
                    .map(param -> "param " + param.name() + " = " + Long.toUnsignedString(context.value(param)));
        }

        private void line(int depth, String words) {
            text.append("  ".repeat(depth)).append(words).append('\n');
        }
    }
}
