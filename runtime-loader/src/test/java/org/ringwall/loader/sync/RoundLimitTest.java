// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.sync;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RoundLimitTest {
    private final RoundLimit limit = new RoundLimit();

    @Test
    void allowsABurstThenOneRoundPerInterval() {
        for (int round = 0; round < RoundLimit.BURST; round++) {
            assertThat(limit.take(1_000)).isZero();
        }
        assertThat(limit.take(1_000)).isEqualTo(RoundLimit.INTERVAL_MS);
        assertThat(limit.take(1_000)).isEqualTo(2 * RoundLimit.INTERVAL_MS);
    }

    @Test
    void aPauseAllowsRoundsAgain() {
        for (int round = 0; round < RoundLimit.BURST; round++) {
            limit.take(0);
        }
        assertThat(limit.take(RoundLimit.INTERVAL_MS)).isZero();
        assertThat(limit.take(RoundLimit.INTERVAL_MS)).isEqualTo(RoundLimit.INTERVAL_MS);
        assertThat(limit.take(1_000_000)).isZero();
    }

    @Test
    void aFloodGetsFourRoundsASecond() {
        long now = 0;
        for (int round = 0; round < 100; round++) {
            now += limit.take(now);
        }
        assertThat(now).isEqualTo((100 - RoundLimit.BURST) * RoundLimit.INTERVAL_MS);
    }
}
