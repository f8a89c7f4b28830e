// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EditDistanceTest {
    @Test
    void countsInsertionsDeletionsAndReplacements() {
        assertThat(EditDistance.of("deny", "deny")).isZero();
        assertThat(EditDistance.of("", "abc")).isEqualTo(3);
        assertThat(EditDistance.of("abc", "")).isEqualTo(3);
        assertThat(EditDistance.of("kitten", "sitting")).isEqualTo(3);
    }

    @Test
    void countsASwapOfAdjacentLettersOnce() {
        assertThat(EditDistance.of("dney", "deny")).isEqualTo(1);
        assertThat(EditDistance.of("sttaus", "status")).isEqualTo(1);
    }

    @Test
    void changesNoLetterTwice() {
        assertThat(EditDistance.of("ca", "abc"))
                .as("by a swap and an insertion between the swapped letters it would be 2")
                .isEqualTo(3);
    }
}
