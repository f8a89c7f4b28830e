// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class StateCaseTest {
    @Test
    void effectsThatAreMissingOrTooManyAreWrong() {
        StateCase.Effects twice = StateCase.Effects.each(2);
        assertThat(twice.wrong(10, 20, 1)).isZero();
        assertThat(twice.wrong(10, 18, 1)).isEqualTo(2);
        assertThat(twice.wrong(10, 21, 1)).isEqualTo(1);
    }

    @Test
    void oneRecordPerSecondIsExpected() {
        assertThat(StateCase.Effects.onePerSecond(1000, 0, 0.1)).isEqualTo(1);
        assertThat(StateCase.Effects.onePerSecond(1000, 1, 0.1)).isZero();
        assertThat(StateCase.Effects.onePerSecond(1000, 5, 3.5)).isZero();
        assertThat(StateCase.Effects.onePerSecond(1000, 9, 3.5)).isEqualTo(4);
    }

    @Test
    void onlyAGetpeernameProgramHidesThePeer() {
        StateCase.Peer peer = new StateCase.Peer("7f0000010c38", "0a00000101bb");
        assertThat(peer.is("7f0000010c38/7f0000010c38", false)).isTrue();
        assertThat(peer.is("7f0000010c38/0a00000101bb", true)).isTrue();
        assertThat(peer.is("7f0000010c38/0a00000101bb", false)).isFalse();
        assertThat(peer.is("0a00000101bb/0a00000101bb", true)).isFalse();
    }

    @Test
    void reportedValuesAreComparedExactly() {
        assertThat(new StateCase.Told("9/2").is("9/2", false)).isTrue();
        assertThat(new StateCase.Told("9/2").is("9/4", true)).isFalse();
    }

    @Test
    void everyCaseListsOursFirstAndTitlesAreUnique() {
        for (StateWorkload workload : StateWorkload.values()) {
            List<StateCase> cases = workload.cases(Integer.MAX_VALUE);
            assertThat(cases.stream().map(one -> one.kind() + " " + one.size()))
                    .isNotEmpty()
                    .doesNotHaveDuplicates();
            for (StateCase one : cases) {
                List<String> titles = one.sides().stream().map(Side::title).collect(Collectors.toList());
                assertThat(titles).doesNotHaveDuplicates().hasSizeGreaterThan(1);
                assertThat(titles.get(0)).isEqualTo("ringwall");
            }
        }
    }

    @Test
    void sizesAreLimitedToTheRequestedSize() {
        assertThat(StateWorkload.LIVE_SET.cases(10)).hasSize(6);
        assertThat(StateWorkload.LIVE_SET.cases(10_000)).hasSize(24);
        assertThat(StateWorkload.COUNT_KEYED.cases(1_000)).hasSize(2);
    }
}
