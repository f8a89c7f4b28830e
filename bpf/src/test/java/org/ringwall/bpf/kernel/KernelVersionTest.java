// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KernelVersionTest {
    @ParameterizedTest
    @CsvSource({"5.10, 5.10", "6.1.176, 6.1", "6.12.117+deb13-amd64, 6.12", "7.0-rc3, 7.0", "6.18.44, 6.18"})
    void readsReleases(String text, String version) {
        assertThat(KernelVersion.parse(text).orElseThrow()).hasToString(version);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "6", "6.", "six.one", "6.1x", "-6.1", "99999999999.1"})
    void refusesTextThatIsNotARelease(String text) {
        assertThat(KernelVersion.parse(text)).isEmpty();
    }

    @Test
    void ordersMinorsAsNumbers() {
        assertThat(new KernelVersion(5, 9)).isLessThan(KernelVersion.V5_10);
        assertThat(KernelVersion.V6_12.atLeast(KernelVersion.V6_1)).isTrue();
        assertThat(KernelVersion.V6_1.max(KernelVersion.V6_12)).isEqualTo(KernelVersion.V6_12);
        assertThat(KernelVersion.TARGETS).isSorted();
    }

    @Test
    void refusesNegativeNumbers() {
        assertThatThrownBy(() -> new KernelVersion(-1, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
