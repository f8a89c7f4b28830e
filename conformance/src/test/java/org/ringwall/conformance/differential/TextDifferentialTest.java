// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.PolicyPrinter;
import org.ringwall.compiler.policy.State;
import org.ringwall.compiler.policy.StateContent;
import org.ringwall.compiler.policy.Table;
import org.ringwall.compiler.reference.Buckets;
import org.ringwall.compiler.reference.Decision;
import org.ringwall.compiler.reference.EvaluationContext;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.conformance.generate.GeneratedPolicy;
import org.ringwall.conformance.generate.PolicyGenerator;
import org.ringwall.conformance.generate.RandomChoices;

/** A test that the front end reads from the text the tree that the generator wrote. */
class TextDifferentialTest {
    private static final int KEEPING = 32;

    @Test
    void parsingThePrintedTextPreservesVerdicts() {
        Differential run = Differential.ofProperties();
        assertThat(run.compare(Meanings.REFERENCE, new TextMeaning(Meanings.REFERENCE)))
                .isEqualTo((long) run.policies() * run.requests());
    }

    /**
     * The reference identifies state by its declaration, so both trees must declare the same, and
     * state is mapped by name.
     */
    @Test
    void parsingThePrintedTextPreservesState() {
        Differential run = Differential.ofProperties(KEEPING);
        for (long seed = run.seed(); seed < run.seed() + run.policies(); seed++) {
            GeneratedPolicy generated = PolicyGenerator.ofState(seed);
            Policy meant = generated.policy();
            Policy read = TextMeaning.read(meant.source());
            assertThat(declared(read)).as("seed " + seed).isEqualTo(declared(meant));
            RandomChoices choices = new RandomChoices(~seed);
            Map<Param, Long> params = generated.params(choices);
            StateContent content = generated.content(choices);
            EvaluationContext one = new EvaluationContext(params, content, new Buckets());
            EvaluationContext other =
                    new EvaluationContext(named(params, read), named(content, read.state()), new Buckets());
            for (Request request : generated.requests(choices, params, KEEPING)) {
                assertThat(words(Reference.decide(read, other, request)))
                        .as("seed %d: %s\n%s", seed, request, generated.text())
                        .isEqualTo(words(Reference.decide(meant, one, request)));
            }
        }
    }

    /** Returns the lines before the blocks. */
    private static List<String> declared(Policy policy) {
        return PolicyPrinter.print(policy.with(policy.blocks().subList(0, 1)))
                .lines()
                .filter(line -> line.matches("(live|table|counter|rate) .*"))
                .toList();
    }

    /** Returns a decision without the source positions of the state that it refers to. */
    private static String words(Decision decision) {
        return decision.verdict()
                + Effect.text(decision.writes())
                + decision.records().stream()
                        .map(record -> "%s %s %s %s %s"
                                .formatted(
                                        record.rule(),
                                        Effect.text(List.of(record.effect())),
                                        record.verdict(),
                                        record.monitored(),
                                        record.key()))
                        .toList();
    }

    private static Map<Param, Long> named(Map<Param, Long> params, Policy policy) {
        return params.entrySet().stream()
                .collect(Collectors.toMap(
                        entry -> named(
                                policy.params(), Param::name, entry.getKey().name()),
                        Map.Entry::getValue));
    }

    private static StateContent named(StateContent content, State state) {
        return new StateContent(
                content.liveSets().entrySet().stream()
                        .collect(Collectors.toMap(
                                entry -> named(
                                        state.liveSets(),
                                        LiveSet::name,
                                        entry.getKey().name()),
                                Map.Entry::getValue)),
                content.tables().entrySet().stream()
                        .collect(Collectors.toMap(
                                entry -> named(
                                        state.tables(),
                                        Table::name,
                                        entry.getKey().name()),
                                Map.Entry::getValue)));
    }

    private static <T> T named(List<T> all, Function<T, String> name, String wanted) {
        return all.stream()
                .filter(one -> name.apply(one).equals(wanted))
                .findFirst()
                .orElseThrow();
    }
}
