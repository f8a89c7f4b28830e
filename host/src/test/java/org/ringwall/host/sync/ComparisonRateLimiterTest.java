// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.sync;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ComparisonRateLimiterTest {
    private final ComparisonRateLimiter limit = new ComparisonRateLimiter();

    @Test
    void allowsABurstThenOneRoundPerInterval() {
        for (int round = 0; round < ComparisonRateLimiter.BURST; round++) {
            assertThat(limit.delay(1_000)).isZero();
        }
        assertThat(limit.delay(1_000)).isEqualTo(ComparisonRateLimiter.INTERVAL_MS);
        assertThat(limit.delay(1_000)).isEqualTo(2 * ComparisonRateLimiter.INTERVAL_MS);
    }

    @Test
    void aPauseAllowsRoundsAgain() {
        for (int round = 0; round < ComparisonRateLimiter.BURST; round++) {
            limit.delay(0);
        }
        assertThat(limit.delay(ComparisonRateLimiter.INTERVAL_MS)).isZero();
        assertThat(limit.delay(ComparisonRateLimiter.INTERVAL_MS)).isEqualTo(ComparisonRateLimiter.INTERVAL_MS);
        assertThat(limit.delay(1_000_000)).isZero();
    }

    @Test
    void aFloodGetsFourRoundsASecond() {
        long now = 0;
        for (int round = 0; round < 100; round++) {
            now += limit.delay(now);
        }
        assertThat(now).isEqualTo((100 - ComparisonRateLimiter.BURST) * ComparisonRateLimiter.INTERVAL_MS);
    }
}
