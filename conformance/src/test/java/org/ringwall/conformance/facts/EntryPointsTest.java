// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.ringwall.compiler.bypass.Bypass;
import org.ringwall.compiler.bypass.Catalogue;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.report.ReachReport.Closing;
import org.ringwall.conformance.docs.JavaSources;
import org.ringwall.testkit.GoldenCase;

/**
 * The lists of the kernel's entry points: each row is closed, named in the catalogue of bypasses,
 * or without effect.
 */
class EntryPointsTest {
    private static final List<String> COLUMNS =
            List.of("intent", "kind", "object", "name", "kernels", "status", "privilege", "way", "reason", "test");
    private static final Pattern KERNELS =
            Pattern.compile("all|\\d+\\.\\d+ and newer|\\d+\\.\\d+ and older|\\d+\\.\\d+ to \\d+\\.\\d+");

    private static String key(CsvRow row) {
        return Stream.of("intent", "kind", "object", "name").map(row::of).collect(Collectors.joining(" | "));
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(GoldenCase.projectRoot().resolve("testdata/kernel/entry-points"))) {
            return files.filter(file -> file.toString().endsWith(".csv"))
                    .sorted()
                    .toList();
        }
    }

    @TestFactory
    Stream<DynamicTest> everyRowHasAValidStatusAndItsEvidence() throws IOException {
        Set<String> tests = testClasses();
        return files().stream()
                .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> {
                    for (CsvRow row : CsvRow.read(file, COLUMNS)) {
                        assertHasEvidence(row, tests);
                    }
                }));
    }

    @Test
    void noEntryPointIsGivenTwice() throws IOException {
        Map<String, String> lines = new HashMap<>();
        for (Path file : files()) {
            for (CsvRow row : CsvRow.read(file, COLUMNS)) {
                String before = lines.put(key(row), row.line());
                assertThat(before).as(row.line() + " repeats: " + key(row)).isNull();
            }
        }
        assertThat(lines).isNotEmpty();
    }

    private static void assertHasEvidence(CsvRow row, Set<String> tests) {
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
                    assertThat(bypass(row, intent).remedy().closing())
                            .as(row.line())
                            .isEqualTo(Closing.CONSTRUCTION);
                }
            }
            case "named" -> {
                assertTested(row, tests);
                assertThat(bypass(row, intent).remedy().closing())
                        .as(row.line())
                        .isNotEqualTo(Closing.CONSTRUCTION);
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

    private static void assertTested(CsvRow row, Set<String> tests) {
        assertThat(tests).as(row.line() + ": test").contains(row.of("test"));
    }

    private static Bypass bypass(CsvRow row, Intent intent) {
        return Catalogue.around(intent).stream()
                .filter(bypass -> bypass.id().equals(row.of("way")))
                .findFirst()
                .orElseThrow(() -> new AssertionError(
                        row.line() + ": no bypass `" + row.of("way") + "` of `" + intent.text() + "`"));
    }

    /** Returns the simple names of the test classes of every module. */
    private static Set<String> testClasses() {
        return JavaSources.files().stream()
                .filter(path -> path.toString().contains("/src/test/java/"))
                .map(path -> path.getFileName().toString())
                .filter(name -> name.endsWith("Test.java"))
                .map(name -> name.substring(0, name.length() - ".java".length()))
                .collect(Collectors.toSet());
    }
}
