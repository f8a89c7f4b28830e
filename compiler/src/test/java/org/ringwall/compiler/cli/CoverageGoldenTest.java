// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.testkit.GoldenCase;

/**
 * Golden cases for bypasses of a policy's blocks. `gate` is the output of `check --require-covered`
 * for the blocks of the section `require`, `report` the end of `reach`, `table` the stage of
 * `explain`, and `json` the output of `reach --json`.
 */
class CoverageGoldenTest {
    @TempDir
    Path folder;

    static Stream<GoldenCase> cases() {
        return GoldenCase.in("coverage").stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void reportsUncoveredBlocks(GoldenCase golden) throws IOException {
        Path policy = Files.writeString(folder.resolve("agent.wall"), golden.section("source"));
        golden.check(section -> printed(section, policy, golden), "require");
    }

    private String printed(String section, Path policy, GoldenCase golden) {
        return switch (section) {
            case "gate" -> gate(policy, golden.section("require").strip());
            case "report" ->
                Run.of("reach", policy.toString())
                        .out()
                        .lines()
                        .dropWhile(line -> !line.matches(".* bypass(es)? closed, .*") && !line.startsWith("not judged"))
                        .map(line -> line + "\n")
                        .collect(Collectors.joining());
            case "table" ->
                Run.of("explain", "--stage", "coverage", policy.toString()).out();
            case "json" ->
                Run.of("reach", "--json", policy.toString())
                        .out()
                        .replace(folder.toString() + "/", "")
                        .replace("{\"id\"", "\n  {\"id\"");
            default -> throw new IllegalArgumentException("no section " + section);
        };
    }

    private String gate(Path policy, String blocks) {
        Run run = Run.of("check", policy.toString(), "--require-covered", blocks);
        assertThat(run.code()).isIn(ExitCode.DONE, ExitCode.CHECK_FAILED);
        String said = run.code() == ExitCode.DONE ? run.out() : run.err();
        return "exit " + run.code() + "\n" + said.replace(folder.toString() + "/", "");
    }
}
