// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

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

    /** The front end does not depend on the byte order. */
    @Test
    void programsEmittedFromTheTextDecideAsTheReference() {
        Differential run = Differential.ofProperties();
        assertThat(run.compare(Meanings.REFERENCE, new TextMeaning(new MachineMeaning())))
                .isEqualTo((long) run.policies() * run.requests());
    }
}
