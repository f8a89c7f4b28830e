// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;
import org.ringwall.compiler.diagram.RuleForm;
import org.ringwall.conformance.generate.GeneratedPolicy;
import org.ringwall.conformance.generate.PolicyGenerator;
import org.ringwall.testkit.Soak;

/**
 * A test that reference and machine agree when rules are tested one after another, however few they
 * are.
 */
class RulesInTurnDifferentialTest {
    private static final int MOST_POLICIES = Soak.size(60, 400);

    @ByteOrders
    void everyRuleInTurnDecidesAsTheReference(ByteOrder order) {
        Differential properties = Differential.ofProperties(100);
        Differential run = new Differential(
                properties.seed(), Math.max(20, properties.policies() / 4), properties.requests(), order);
        AtomicInteger compiled = new AtomicInteger();
        Meaning inTurn = MachineMeaning.madeBy(
                (policy, target) -> MachineMeaning.inForm(RuleForm.IN_TURN, policy, target), compiled);
        assertThat(run.compare(Meanings.REFERENCE, inTurn)).isEqualTo((long) run.policies() * run.requests());
        assertThat(compiled.get()).isGreaterThan(run.policies() / 2);
    }

    /** Live sets, rates, counters and records, while time passes and sets are replaced. */
    @ByteOrders
    void stateWithEveryRuleInTurnMatchesTheReference(ByteOrder order) {
        assertThat(compared(PolicyGenerator::ofState, RuleForm.IN_TURN, order)).isPositive();
    }

    @ByteOrders
    void stateWithRulesOfUnknownValuesInTurnMatchesTheReference(ByteOrder order) {
        assertThat(compared(PolicyGenerator::ofState, RuleForm.UNKNOWN_IN_TURN, order))
                .isPositive();
    }

    @ByteOrders
    void packetsWithEveryRuleInTurnMatchTheReference(ByteOrder order) {
        assertThat(compared(PolicyGenerator::ofPackets, RuleForm.IN_TURN, order))
                .isPositive();
    }

    /** Returns how many policies had rules in turn. */
    private static int compared(LongFunction<GeneratedPolicy> generator, RuleForm form, ByteOrder order) {
        return StateDifferentialTest.run(
                MOST_POLICIES, generator, (policy, target) -> MachineMeaning.inForm(form, policy, target), order);
    }
}
