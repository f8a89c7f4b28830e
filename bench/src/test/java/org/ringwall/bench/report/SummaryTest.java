// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SummaryTest {
    @Test
    void medianOfAnOddNumberIsTheMiddleOne() {
        assertThat(Summary.of(List.of(9.0, 1.0, 4.0))).isEqualTo(new Summary(1, 4, 9, 3));
    }

    @Test
    void medianOfAnEvenNumberIsTheMeanOfTheMiddleTwo() {
        assertThat(Summary.of(List.of(8.0, -2.0, 3.0, 4.0))).isEqualTo(new Summary(-2, 3.5, 8, 4));
        assertThat(Summary.of(List.of(7.0))).isEqualTo(Summary.same(7, 1));
    }

    @Test
    void invalidMeasurementsAreRejected() {
        assertThatThrownBy(() -> Summary.of(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Summary(2, 1, 3, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Summary(0, Double.NaN, 1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Summary.same(0, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void numbersHaveThreeDigitsOrAreIntegers() {
        assertThat(Summary.number(1234.56)).isEqualTo("1235");
        assertThat(Summary.number(12.345)).isEqualTo("12.3");
        assertThat(Summary.number(1.234)).isEqualTo("1.23");
        assertThat(Summary.number(-0.001)).isEqualTo("0.00");
        assertThat(Summary.number(-0.26)).isEqualTo("-0.26");
        assertThat(Summary.number(300)).isEqualTo("300");
        assertThat(new Summary(1.5, 2, 30.25, 3).spread()).isEqualTo("1.50…30.3");
    }
}
