// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.ringwall.bench.field.Workload;

class GivenUpTest {
    private final GivenUp givenUp = new GivenUp();

    private void failed(int size, String contestant, String stage) {
        givenUp.keep(new Cell(Workload.PREFIXES4, size, contestant, new Cell.Failed(stage, "why " + size)));
    }

    @Test
    void aFailedContestantIsNotTriedWithMoreRules() {
        failed(10_000, "chain", "no load: E2BIG");
        assertThat(givenUp.with(Workload.PREFIXES4, 100_000, "chain"))
                .hasValue(new Cell.Failed("not tried", "with 10000 rules no load: E2BIG: why 10000"));
        assertThat(givenUp.with(Workload.PREFIXES4, 10_000, "chain")).isEmpty();
        assertThat(givenUp.with(Workload.PREFIXES4, 10, "chain")).isEmpty();
        assertThat(givenUp.with(Workload.PREFIXES6, 100_000, "chain")).isEmpty();
        assertThat(givenUp.with(Workload.PREFIXES4, 100_000, "search")).isEmpty();
    }

    @Test
    void theFirstFailureIsReported() {
        failed(10_000, "chain", "no compile");
        failed(100_000, "chain", "not tried");
        failed(1_000, "chain", "no load");
        assertThat(givenUp.with(Workload.PREFIXES4, 1_000_000, "chain"))
                .hasValueSatisfying(failed -> assertThat(failed.why()).isEqualTo("with 1000 rules no load: why 1000"));
    }

    @Test
    void otherFailuresAreTriedAgainWithMoreRules() {
        failed(10, "trie", "cannot say it");
        failed(10, "search", "not steady");
        assertThat(givenUp.with(Workload.PREFIXES4, 100, "trie")).isEmpty();
        assertThat(givenUp.with(Workload.PREFIXES4, 100, "search")).isEmpty();
    }
}
