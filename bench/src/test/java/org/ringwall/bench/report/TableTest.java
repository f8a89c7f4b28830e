// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
    private static final Table TABLE = new Table(
            "compile",
            "wall time",
            List.of("policy", "variant", "ms", "× clang"),
            List.of(List.of("small", "ringwallc", "120.5", "2.00"), List.of("small, too", "clang", "60.0", "–")),
            List.of("a note"));

    @Test
    void labelsAreLeftAlignedAndValuesRightAligned() {
        assertThat(TABLE.text()).isEqualTo("""
                        == compile
                        method: wall time
                        policy      variant       ms  × clang
                        small       ringwallc  120.5     2.00
                        small, too  clang       60.0        –
                        note: a note
                        """);
    }

    @Test
    void everyRowHasACellForEachColumn() {
        List<String> columns = List.of("a", "b", "c");
        assertThatThrownBy(() -> new Table("t", "m", columns, List.of(List.of("1", "2")), List.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
