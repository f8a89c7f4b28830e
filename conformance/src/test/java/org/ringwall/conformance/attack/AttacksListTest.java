// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.ringwall.conformance.facts.CsvRow;
import org.ringwall.testkit.GoldenCase;

/**
 * A test of the list of attacks: each has an existing driver, and a heading in the documentation of
 * its result.
 */
class AttacksListTest {
    private static final List<String> COLUMNS = List.of("attack", "driver", "kernel", "result", "documented");
    private static final Pattern KERNEL = Pattern.compile("all|before \\d+\\.\\d+|\\d+\\.\\d+ and newer");
    private static final Set<String> SUBJECTS = Set.of(
            "unprivileged run",
            "delegation",
            "terminal",
            "io_uring",
            "MPTCP",
            "original destination",
            "BPF token",
            "CLONE_INTO_CGROUP",
            "optmem",
            "memory",
            "verifier",
            "replace",
            "rates",
            "ptrace",
            "overflow");

    /** A row of the file. */
    private record Row(String attack, String driver, String kernel, String result, String documented) {
        static Row of(CsvRow row) {
            assertThat(row.cells().values()).as(row.line()).noneMatch(String::isBlank);
            return new Row(
                    row.of("attack"), row.of("driver"), row.of("kernel"), row.of("result"), row.of("documented"));
        }

        String subject() {
            return attack.substring(0, attack.indexOf(": "));
        }
    }

    private static List<Row> rows() throws IOException {
        return CsvRow.read(GoldenCase.projectRoot().resolve("testdata/kernel/attacks.csv"), COLUMNS).stream()
                .map(Row::of)
                .toList();
    }

    private static Path sources(String module) {
        return GoldenCase.projectRoot().resolve(module).resolve("src/test/java/org/ringwall");
    }

    @Test
    void everyRowNamesADriverAndAHeadingThatExist() throws IOException {
        for (Row row : rows()) {
            String first = row.driver().substring(0, row.driver().indexOf('.'));
            String module = first.equals("loader") ? "runtime-loader" : first;
            assertThat(sources(module).resolve(row.driver().replace('.', '/') + ".java"))
                    .as(row.attack())
                    .exists();
            assertThat(row.kernel()).matches(KERNEL);
            String[] place = row.documented().split("#", 2);
            Pattern heading = Pattern.compile("(?m)^#+ " + Pattern.quote(place[1]) + "$");
            assertThat(Files.readString(GoldenCase.projectRoot().resolve(place[0])))
                    .as(row.attack())
                    .containsPattern(heading);
        }
    }

    @Test
    void everySubjectAndEveryDriverHasARow() throws IOException {
        List<Row> rows = rows();
        assertThat(rows.stream().map(row -> row.attack() + " " + row.kernel())).doesNotHaveDuplicates();
        assertThat(rows.stream().map(Row::subject).collect(Collectors.toSet())).isEqualTo(SUBJECTS);
        Set<String> named = rows.stream().map(Row::driver).collect(Collectors.toSet());
        try (Stream<Path> files = Files.list(sources("conformance").resolve("conformance/attack"))) {
            assertThat(files.map(file -> file.getFileName().toString())
                            .filter(name -> name.endsWith("KernelTest.java"))
                            .map(name -> "conformance.attack." + name.replace(".java", "")))
                    .isSubsetOf(named);
        }
    }
}
