// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.state.DecidingRules;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.StateContent;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.Buckets;
import org.ringwall.compiler.reference.Decision;
import org.ringwall.compiler.reference.EvaluationContext;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.compiler.reference.RulePlace;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.testrunner.EmittedPolicy;
import org.ringwall.compiler.testrunner.StateMaps;
import org.ringwall.conformance.generate.GeneratedPolicy;
import org.ringwall.conformance.generate.RandomChoices;

/**
 * A test that the programs in the debug section of an object return the rules that the reference
 * finds, on generated policies with params and live sets.
 */
class DecidingRulesDifferentialTest {
    private static final KernelVersion NEWEST = new KernelVersion(6, 18);

    /** The cgroup in which programs see kernel workers. */
    private static final long ROOT = 1;

    private int compared;
    private int denied;
    private int without;

    @Test
    void theSectionNamesTheRulesOfTheReference() throws ObjectFormatException {
        Differential run = Differential.ofProperties();
        for (int i = 0; i < run.policies(); i++) {
            GeneratedPolicy generated = run.policy(i);
            Settings settings = new Settings(List.of(KernelVersion.V6_1), ByteOrder.LITTLE_ENDIAN, Map.of());
            Compilation compiled = Compiler.compile(new SourceFile("generated.wall", generated.text()), settings)
                    .compilation()
                    .orElseThrow();
            DecidingRules rules = DecidingRules.read(compiled.elf().toArray()).orElseThrow();
            RandomChoices draw = new RandomChoices(~(run.seed() + i));
            Map<Param, Long> params = generated.params(draw);
            StateContent content = generated.content(draw);
            for (Request request : generated.requests(draw, params, ByteOrder.LITTLE_ENDIAN, run.requests())) {
                compare(new Generated(generated.policy(), compiled.policy(), params, content), rules, request);
            }
        }
        System.out.printf(
                "section = reference: %d requests, %d denied, %d at hooks without programs%n",
                compared, denied, without);
        assertThat(denied).isPositive();
        assertThat(compared).isGreaterThan(without);
    }

    /**
     * A policy as generated, whose params and live sets are those of the content, and as compiled
     * from its text, whose rules have places.
     */
    private record Generated(Policy drawn, Policy compiled, Map<Param, Long> params, StateContent content) {}

    private void compare(Generated policy, DecidingRules rules, Request request) {
        DecidingRules.Outcomes outcomes = rules.hooks().get(request.hook());
        if (outcomes == null) {
            without++;
            return;
        }
        Decision decision = Reference.decide(
                policy.drawn(), new EvaluationContext(policy.params(), policy.content(), new Buckets()), request);
        List<Integer> results = new ArrayList<>();
        for (int digit = 0; digit < outcomes.digits(); digit++) {
            results.add(result(rules.digits().get(digit), policy, request));
        }
        Set<String> named = new HashSet<>();
        outcomes.of(results).forEach(rule -> named.add(place(rules.rules().get(rule))));
        Set<String> expected = new HashSet<>();
        decision.rules().forEach(rule -> expected.add(place(policy.compiled(), rule)));
        if (named.isEmpty() && request.actor().cgroup() == ROOT) {
            // A kernel worker, whose caller is not known, is denied without a rule.
            without++;
            return;
        }
        assertThat(named)
                .as(
                        "%s not %s%n%s %s%n%s%n%s%s",
                        expected,
                        named,
                        decision.verdict(),
                        request,
                        policy.content(),
                        policy.params(),
                        policy.drawn().source().text())
                .isEqualTo(expected);
        compared++;
        denied += decision.verdict().allows() ? 0 : 1;
    }

    private static int result(BpfObject digit, Generated policy, Request request) {
        StateMaps maps = StateMaps.of(digit, 1);
        maps.fill(policy.drawn(), policy.content());
        Verdict verdict = EmittedPolicy.load(digit, policy.params(), NEWEST, maps)
                .answer(request, 0, 0)
                .verdict();
        return verdict instanceof Verdict.Deny deny ? -deny.errno().number() : 0;
    }

    private static String place(String rule) {
        String place = rule.substring(0, rule.indexOf('\t'));
        return place.substring(place.indexOf(':') + 1);
    }

    private static String place(Policy policy, RulePlace rule) {
        var at = policy.blocks()
                .get(rule.block())
                .rules()
                .get(rule.rule())
                .span()
                .position();
        return at.line() + ":" + at.column();
    }
}
