// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SummaryTest {
    @Test
    void medianOfAnOddNumberIsTheMiddleOne() {
        assertThat(Summary.of(List.of(9.0, 1.0, 4.0))).isEqualTo(new Summary(1, 2.5, 4, 6.5, 9));
    }

    @Test
    void medianOfAnEvenNumberIsTheMeanOfTheMiddleTwo() {
        assertThat(Summary.of(List.of(8.0, -2.0, 3.0, 4.0))).isEqualTo(new Summary(-2, 1.75, 3.5, 5, 8));
    }

    @Test
    void halfOfTheValuesLieBetweenTheQuartiles() {
        assertThat(Summary.of(List.of(5.0, 1.0, 3.0, 2.0, 4.0)).spread()).isEqualTo("2.0…4.0");
        assertThat(Summary.of(List.of(7.0)).spread()).isEqualTo("7.0…7.0");
    }

    @Test
    void nothingMeasuredHasNoSummary() {
        assertThatThrownBy(() -> Summary.of(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Summary(2, 2, 1, 3, 3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Summary(0, 0, Double.NaN, 1, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void ratioIsOfMedians() {
        Summary base = flat(4);
        assertThat(new Summary(0, 1, 6, 7, 7).ratioTo(base, 1)).isEqualTo("1.50");
        assertThat(base.ratioTo(base, 1)).isEqualTo("1.00");
    }

    @Test
    void noRatioToABaseThatIsNoise() {
        assertThat(flat(6).ratioTo(flat(0.9), 1)).isEqualTo("–");
        assertThat(flat(6).ratioTo(flat(-2), 1)).isEqualTo("–");
    }

    private static Summary flat(double value) {
        return new Summary(value, value, value, value, value);
    }

    @Test
    void numbersHaveOneDigitBehindThePoint() {
        assertThat(Summary.number(1234.56)).isEqualTo("1234.6");
        assertThat(Summary.number(-0.01)).isEqualTo("0.0");
        assertThat(Summary.number(-0.26)).isEqualTo("-0.3");
    }
}
