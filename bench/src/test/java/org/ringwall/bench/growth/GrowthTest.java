// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.growth;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.testkit.GoldenCase;

/**
 * A test that no family of policies costs more than growth.csv records. Slots of programs and
 * allocated bytes do not depend on the speed or the load of a machine. {@code -Dgolden.update=true}
 * writes the file anew; a figure that rises needs a reason in the commit.
 */
class GrowthTest {
    private static final Path RECORDED = GoldenCase.projectRoot().resolve("bench/src/test/resources/growth.csv");
    private static final String HEAD = "family,size,slots of the largest program,slots of all,allocated KiB";

    /** Orders of rules and tables may change a little without a change of growth. */
    private static final double SLOTS = 1.1;

    /** Allocation depends on the version of Java, and on what an earlier compilation has cached. */
    private static final double ALLOCATION = 1.25;

    /** A record that is further from what is measured would hide a regression. */
    private static final double STALE = 2;

    /** What one size costs: slots of the largest program, of all, and KiB allocated. */
    private record Row(String family, int size, long largest, long all, long allocated) {
        static Row parse(String line) {
            String[] cells = line.split(",", -1);
            return new Row(
                    cells[0],
                    Integer.parseInt(cells[1]),
                    Long.parseLong(cells[2]),
                    Long.parseLong(cells[3]),
                    Long.parseLong(cells[4]));
        }

        static Row measured(Family family, int size) throws Cost.RefusedException {
            Cost cost = Cost.of(family.policy(size));
            return new Row(family.title(), size, cost.largest(), cost.all(), cost.allocated() / 1_024);
        }

        String line() {
            return String.join(",", family, "" + size, "" + largest, "" + all, "" + allocated);
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void noFamilyCostsMoreThanIsRecorded(Family family) throws Cost.RefusedException, IOException {
        List<Row> measured = new ArrayList<>();
        // The first compilation of a process also allocates what all later ones share.
        Row.measured(family, family.quick().get(0));
        for (int size : family.quick()) {
            measured.add(Row.measured(family, size));
        }
        if (Boolean.getBoolean("golden.update")) {
            write(measured);
        }
        Map<String, Row> recorded = recorded();
        for (Row row : measured) {
            Row before = Optional.ofNullable(recorded.get(row.family() + ' ' + row.size()))
                    .orElseThrow(() -> new AssertionError("growth.csv has no " + row.family() + ' ' + row.size()));
            compare(row, "slots of the largest program", row.largest(), before.largest(), SLOTS);
            compare(row, "slots of all programs", row.all(), before.all(), SLOTS);
            compare(row, "allocated KiB", row.allocated(), before.allocated(), ALLOCATION);
        }
    }

    private static void compare(Row row, String what, long measured, long recorded, double factor) {
        assertThat((double) measured)
                .as("%s of %s %d: growth.csv records %d", what, row.family(), row.size(), recorded)
                .isLessThanOrEqualTo(factor * recorded)
                .isGreaterThanOrEqualTo(recorded / STALE);
    }

    @Test
    void nothingElseIsRecorded() throws IOException {
        List<String> known = new ArrayList<>();
        for (Family family : Family.values()) {
            family.quick().forEach(size -> known.add(family.title() + ' ' + size));
        }
        assertThat(recorded().keySet()).containsExactlyInAnyOrderElementsOf(known);
    }

    private static Map<String, Row> recorded() throws IOException {
        Map<String, Row> rows = new TreeMap<>();
        if (Files.exists(RECORDED)) {
            Files.readAllLines(RECORDED).stream()
                    .skip(1)
                    .map(Row::parse)
                    .forEach(row -> rows.put(row.family() + ' ' + row.size(), row));
        }
        return rows;
    }

    private static void write(List<Row> measured) throws IOException {
        Map<String, Row> rows = recorded();
        measured.forEach(row -> rows.put(row.family() + ' ' + row.size(), row));
        List<String> lines = new ArrayList<>(List.of(HEAD));
        for (Family family : Family.values()) {
            for (int size : family.quick()) {
                Row row = rows.get(family.title() + ' ' + size);
                if (row != null) {
                    lines.add(row.line());
                }
            }
        }
        Files.createDirectories(RECORDED.getParent());
        Files.write(RECORDED, lines);
    }
}
