// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.ringwall.host.cli.runtime.ContainerPolicies;
import org.ringwall.loader.model.InputException;

class ContainerPoliciesTest {
    @Test
    void refusesAMisspelledAnnotation() {
        assertThatThrownBy(() -> ContainerPolicies.check(Set.of("org.ringwall.polcy", "a")))
                .isInstanceOfSatisfying(InputException.class, e -> {
                    assertThat(e.help()).isEqualTo("write org.ringwall.policy=NAME");
                })
                .hasMessage("`org.ringwall.polcy` is not an annotation of Ringwall");
    }

    @Test
    void acceptsThoseOfOthers() {
        assertThatCode(() -> ContainerPolicies.check(Set.of("org.ringwall.policy", "org.ringwallish")))
                .doesNotThrowAnyException();
    }
}
