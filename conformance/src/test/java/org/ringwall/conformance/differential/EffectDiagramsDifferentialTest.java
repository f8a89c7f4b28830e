// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicInteger;
import org.ringwall.conformance.generate.PolicyGenerator;
import org.ringwall.testkit.Soak;

/** A test that reference and machine agree when rules without a verdict have effect diagrams. */
class EffectDiagramsDifferentialTest {
    private static final int MOST_POLICIES = Soak.size(100, 200);

    /**
     * Builds effect diagrams wherever they are possible, however few such rules there are and
     * whatever rules are between them.
     */
    @ByteOrders
    void generatedEffectDiagramsDecideAndWriteAsTheReference(ByteOrder order) {
        Differential properties = Differential.ofProperties(100);
        Differential run = new Differential(properties.seed(), properties.policies(), properties.requests(), order);
        AtomicInteger compiled = new AtomicInteger();
        Meaning apart = MachineMeaning.madeBy(MachineMeaning::withEffectDiagrams, compiled);
        assertThat(run.compare(Meanings.REFERENCE, apart)).isEqualTo((long) run.policies() * run.requests());
        // About one policy in twenty has rules for which there are effect diagrams.
        assertThat(compiled.get()).isPositive();
    }

    /**
     * Compares counts, records and all writes request by request, while time passes and the policy
     * is monitored for a while.
     */
    @ByteOrders
    void stateWithEffectDiagramsMatchesTheReference(ByteOrder order) {
        int compiled = StateDifferentialTest.run(
                MOST_POLICIES, PolicyGenerator::ofState, MachineMeaning::withEffectDiagrams, order);
        assertThat(compiled)
                .isGreaterThan(
                        Math.min(MOST_POLICIES, Differential.ofProperties(1).policies()) / 10);
    }
}
