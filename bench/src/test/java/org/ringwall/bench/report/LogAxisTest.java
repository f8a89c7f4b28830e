// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class LogAxisTest {
    @Test
    void equalQuotientsAreEquallyFar() {
        LogAxis axis = new LogAxis(1, 1_000, 0, 300);
        assertThat(axis.at(1)).isEqualTo(0, within(1e-9));
        assertThat(axis.at(10)).isEqualTo(100, within(1e-9));
        assertThat(axis.at(100)).isEqualTo(200, within(1e-9));
        assertThat(axis.at(1_000)).isEqualTo(300, within(1e-9));
    }

    @Test
    void whatLiesOutsideIsPutOnTheEnd() {
        LogAxis axis = new LogAxis(1, 100, 200, 0);
        assertThat(axis.at(-3)).isEqualTo(200);
        assertThat(axis.at(5_000)).isEqualTo(0);
    }

    @Test
    void endsArePowersOfTenAroundTheValues() {
        LogAxis axis = LogAxis.around(List.of(3.0, 47.0, 250.0), 0, 1);
        assertThat(axis.least()).isEqualTo(1);
        assertThat(axis.greatest()).isEqualTo(1_000, within(1e-9));
        assertThat(axis.ticks()).hasSize(4);
        assertThat(LogAxis.around(List.of(10.0), 0, 1).ticks()).hasSize(2);
        assertThat(LogAxis.around(List.of(), 0, 1).ticks()).hasSize(2);
    }

    @Test
    void labelsAreShort() {
        assertThat(LogAxis.label(0.1)).isEqualTo("0.1");
        assertThat(LogAxis.label(10)).isEqualTo("10");
        assertThat(LogAxis.label(10_000)).isEqualTo("10,000");
        assertThat(LogAxis.label(1_000_000)).isEqualTo("1 M");
    }

    @Test
    void zeroHasNoLogarithm() {
        assertThatThrownBy(() -> new LogAxis(0, 1, 0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new LogAxis(5, 5, 0, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
