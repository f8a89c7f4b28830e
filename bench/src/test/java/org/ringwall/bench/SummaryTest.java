package org.ringwall.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SummaryTest {
    @Test
    void medianOfAnOddNumberIsTheMiddleOne() {
        assertThat(Summary.of(List.of(9.0, 1.0, 4.0))).isEqualTo(new Summary(1, 4, 9));
    }

    @Test
    void medianOfAnEvenNumberIsTheMeanOfTheMiddleTwo() {
        assertThat(Summary.of(List.of(8.0, -2.0, 3.0, 4.0))).isEqualTo(new Summary(-2, 3.5, 8));
    }

    @Test
    void nothingMeasuredHasNoSummary() {
        assertThatThrownBy(() -> Summary.of(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Summary(2, 1, 3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Summary(0, Double.NaN, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void ratioIsOfMedians() {
        Summary base = new Summary(1, 4, 100);
        assertThat(new Summary(0, 6, 7).ratioTo(base, 1)).isEqualTo("1.50");
        assertThat(base.ratioTo(base, 1)).isEqualTo("1.00");
    }

    @Test
    void noRatioToABaseThatIsNoise() {
        Summary six = new Summary(6, 6, 6);
        assertThat(six.ratioTo(new Summary(-3, 0.9, 5), 1)).isEqualTo("–");
        assertThat(six.ratioTo(new Summary(-3, -2, 5), 1)).isEqualTo("–");
    }

    @Test
    void numbersHaveOneDigitBehindThePoint() {
        assertThat(Summary.number(1234.56)).isEqualTo("1234.6");
        assertThat(Summary.number(-0.01)).isEqualTo("0.0");
        assertThat(Summary.number(-0.26)).isEqualTo("-0.3");
    }
}
