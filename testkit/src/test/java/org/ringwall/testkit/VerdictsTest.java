// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VerdictsTest {
    private static final String REQUIRE = "ringwall.require";

    private final String before = System.getProperty(REQUIRE, "");

    @AfterEach
    void restore() {
        System.setProperty(REQUIRE, before);
    }

    @Test
    void anAvailableTierRuns() {
        assertThat(Verdicts.of(Tier.TOOLS, Optional.empty()).isDisabled()).isFalse();
    }

    @Test
    void anUnavailableTierIsSkippedWithAReason() {
        System.setProperty(REQUIRE, "tools");
        var result = Verdicts.of(Tier.KERNEL, Optional.of("the user is not root"));
        assertThat(result.isDisabled()).isTrue();
        assertThat(result.getReason()).contains("kernel tier skipped: the user is not root");
    }

    @Test
    void anUnavailableRequiredTierFails() {
        System.setProperty(REQUIRE, "kernel, tools");
        assertThatThrownBy(() -> Verdicts.of(Tier.TOOLS, Optional.of("`veristat` is not on the PATH")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("`veristat` is not on the PATH");
    }
}
