// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.testrunner.Answer;

/** A test that reference and diagram agree, and that the harness finds a wrong implementation. */
class DiagramDifferentialTest {
    @Test
    void theDiagramDecidesAsTheReference() {
        Differential run = Differential.ofProperties();
        assertThat(run.compare(Meanings.REFERENCE, Meanings.DIAGRAM)).isEqualTo((long) run.policies() * run.requests());
    }

    @Test
    void anEvaluatorThatIgnoresAPortIsDetectedAndShrunk() {
        Differential run = new Differential(1, 500, 256, ByteOrder.nativeOrder());
        Meaning forgetful = (policy, params, order) -> {
            Meaning.Answers answers = Meanings.REFERENCE.of(policy, params, order);
            return request -> request.toString().contains("port=443")
                    ? new Answer(
                            Verdict.ALLOW,
                            answers.to(request).context(),
                            answers.to(request).address(),
                            answers.to(request).done())
                    : answers.to(request);
        };
        assertThatThrownBy(() -> run.compare(Meanings.REFERENCE, forgetful))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("and allow")
                .hasMessageContaining("again: -Dringwall.seed=")
                .hasMessageContaining("port=443");
    }
}
