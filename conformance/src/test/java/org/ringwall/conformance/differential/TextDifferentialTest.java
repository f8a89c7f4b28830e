package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Text = tree: what the front end reads is what the generator wrote. */
class TextDifferentialTest {
    @Test
    void theTextMeansWhatItsWriterMeant() {
        Differential run = Differential.ofProperties();
        assertThat(run.compare(Meanings.REFERENCE, new TextMeaning(Meanings.REFERENCE)))
                .isEqualTo((long) run.policies() * run.requests());
    }
}
