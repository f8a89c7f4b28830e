package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Reference = machine: the emitted bytecode does what the policy means, from the tree and from the text. */
class MachineDifferentialTest {
    @Test
    void theEmittedProgramsDecideAsTheReference() {
        Differential run = Differential.ofProperties();
        assertThat(run.compare(Meanings.REFERENCE, new MachineMeaning()))
                .isEqualTo((long) run.policies() * run.requests());
    }

    @Test
    void theEmittedProgramsOfTheTextDoToo() {
        Differential run = Differential.ofProperties();
        assertThat(run.compare(Meanings.REFERENCE, new TextMeaning(new MachineMeaning())))
                .isEqualTo((long) run.policies() * run.requests());
    }
}
