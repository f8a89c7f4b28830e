// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.ringwall.compiler.bypass.Bypass;
import org.ringwall.compiler.bypass.Catalogue;
import org.ringwall.compiler.bypass.Closing;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.testkit.GoldenCase;

/**
 * The lists of the kernel's entry points: each row is closed, named in the catalogue of bypasses,
 * or without effect.
 */
class EntryPointsTest {
    private static final List<String> COLUMNS =
            List.of("intent", "kind", "object", "name", "kernels", "status", "privilege", "way", "reason", "test");
    private static final Pattern CELL = Pattern.compile("(?:\"([^\"]*)\"|([^,\"]*))(,|$)");
    private static final Pattern KERNELS =
            Pattern.compile("all|\\d+\\.\\d+ and newer|\\d+\\.\\d+ and older|\\d+\\.\\d+ to \\d+\\.\\d+");

    /** A row of a file; `line` is the file and the number of the line. */
    private record Row(String line, Map<String, String> cells) {
        String of(String column) {
            return Optional.ofNullable(cells.get(column)).orElseThrow();
        }

        String key() {
            return Stream.of("intent", "kind", "object", "name").map(this::of).collect(Collectors.joining(" | "));
        }
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(GoldenCase.projectRoot().resolve("testdata/kernel/entry-points"))) {
            return files.filter(file -> file.toString().endsWith(".csv"))
                    .sorted()
                    .toList();
        }
    }

    private static List<Row> rows(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).as(file.toString()).hasSizeGreaterThan(1);
        assertThat(lines.get(0)).as(file.toString()).isEqualTo(String.join(",", COLUMNS));
        List<Row> rows = new ArrayList<>();
        for (int i = 1; i < lines.size(); i++) {
            rows.add(row(file.getFileName() + ":" + (i + 1), lines.get(i)));
        }
        return rows;
    }

    /** A cell with a comma is in quotes. */
    private static Row row(String place, String line) {
        Map<String, String> cells = new LinkedHashMap<>();
        Matcher cell = CELL.matcher(line);
        int end = 0;
        for (String column : COLUMNS) {
            assertThat(cell.find(end) && cell.start() == end)
                    .as(place + ": no cell `" + column + "`")
                    .isTrue();
            cells.put(column, Optional.ofNullable(cell.group(1)).orElse(cell.group(2)));
            boolean last = column.equals(COLUMNS.get(COLUMNS.size() - 1));
            assertThat(cell.group(3).isEmpty()).as(place + ": ten cells").isEqualTo(last);
            end = cell.end();
        }
        return new Row(place, cells);
    }

    @TestFactory
    Stream<DynamicTest> everyRowIsDecided() throws IOException {
        Set<String> tests = testClasses();
        return files().stream()
                .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> {
                    for (Row row : rows(file)) {
                        assertDecided(row, tests);
                    }
                }));
    }

    @Test
    void noEntryPointIsGivenTwice() throws IOException {
        Map<String, String> lines = new HashMap<>();
        for (Path file : files()) {
            for (Row row : rows(file)) {
                String before = lines.put(row.key(), row.line());
                assertThat(before).as(row.line() + " repeats: " + row.key()).isNull();
            }
        }
        assertThat(lines).isNotEmpty();
    }

    private static void assertDecided(Row row, Set<String> tests) {
        for (String column : List.of("kind", "object", "name", "privilege")) {
            assertThat(row.of(column)).as(row.line() + ": " + column).isNotBlank();
        }
        assertThat(row.of("kernels")).as(row.line() + ": kernels").matches(KERNELS);
        Intent intent = Arrays.stream(Intent.values())
                .filter(one -> one.text().equals(row.of("intent")))
                .findFirst()
                .orElseThrow(() -> new AssertionError(row.line() + ": no intent `" + row.of("intent") + "`"));
        switch (row.of("status")) {
            case "closed" -> {
                assertTested(row, tests);
                if (!row.of("way").isEmpty()) {
                    assertThat(bypass(row, intent).closing()).as(row.line()).isInstanceOf(Closing.ByConstruction.class);
                }
            }
            case "named" -> {
                assertTested(row, tests);
                assertThat(bypass(row, intent).closing()).as(row.line()).isNotInstanceOf(Closing.ByConstruction.class);
            }
            case "no effect" -> {
                assertThat(row.of("reason")).as(row.line() + ": reason").isNotBlank();
                assertThat(row.of("way") + row.of("test"))
                        .as(row.line() + ": way and test")
                        .isEmpty();
            }
            default -> throw new AssertionError(row.line() + ": no status `" + row.of("status") + "`");
        }
    }

    private static void assertTested(Row row, Set<String> tests) {
        assertThat(tests).as(row.line() + ": test").contains(row.of("test"));
    }

    private static Bypass bypass(Row row, Intent intent) {
        return Catalogue.around(intent).stream()
                .filter(bypass -> bypass.id().equals(row.of("way")))
                .findFirst()
                .orElseThrow(() -> new AssertionError(
                        row.line() + ": no bypass `" + row.of("way") + "` of `" + intent.text() + "`"));
    }

    /** The simple names of the test classes of every module. */
    private static Set<String> testClasses() throws IOException {
        try (Stream<Path> all = Files.find(
                GoldenCase.projectRoot(),
                20,
                (path, attributes) -> path.toString().endsWith(".java"))) {
            return all.filter(path -> path.toString().contains("/src/test/java/"))
                    .map(path -> path.getFileName().toString())
                    .filter(name -> name.endsWith("Test.java"))
                    .map(name -> name.substring(0, name.length() - ".java".length()))
                    .collect(Collectors.toSet());
        }
    }
}
