// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.model.snapshots.Labels;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FamiliesTest {
    private static final String MARK = "\ufffd";

    /** A workload chooses names of cgroups and commands; a terminal must not interpret them. */
    @Test
    void controlCharactersOfLabelValuesAreEscapedAndValuesStayDifferent() {
        List<String> values = List.of(
                "a\u001b[2J",
                "a\\x1b[2J",
                MARK + "a\\x1b[2J",
                "line\nend",
                "del\u007f",
                "rtl\u202e",
                "café",
                "a\\x2db");
        Families families = new Families();
        values.forEach(value -> families.add(Metric.PLACES, Labels.of("cgroup", value), 1));
        List<String> shown = families.snapshots().stream()
                .flatMap(family -> family.getDataPoints().stream())
                .map(point -> String.valueOf(point.getLabels().get("cgroup")))
                .toList();
        assertThat(shown)
                .doesNotHaveDuplicates()
                .hasSameSizeAs(values)
                .contains(MARK + "a\\x1b[2J", "a\\x1b[2J", MARK + "line\\x0aend", "café", "a\\x2db");
        assertThat(shown.stream().flatMap(text -> Stream.of(text.split(""))))
                .noneMatch(each -> each.matches("[\\p{Cc}\u202e]"));
    }
}
