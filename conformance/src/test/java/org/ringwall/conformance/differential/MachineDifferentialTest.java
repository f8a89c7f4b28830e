// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;

/**
 * A test that reference and machine agree on generated policies, compiled from the tree and from
 * the text.
 */
class MachineDifferentialTest {
    @ByteOrders
    void theEmittedProgramsDecideAsTheReference(ByteOrder order) {
        Differential run = Differential.ofProperties().on(order);
        assertThat(run.compare(Meanings.REFERENCE, new MachineMeaning()))
                .isEqualTo((long) run.policies() * run.requests());
    }

    @ByteOrders
    void programsEmittedFromTheTextDecideAsTheReference(ByteOrder order) {
        Differential run = Differential.ofProperties().on(order);
        assertThat(run.compare(Meanings.REFERENCE, new TextMeaning(new MachineMeaning())))
                .isEqualTo((long) run.policies() * run.requests());
    }
}
