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

class ReachGoldenTest {
    @TempDir
    Path folder;

    static Stream<GoldenCase> cases() {
        return GoldenCase.in("reach").stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void printsReachableRegions(GoldenCase golden) throws IOException {
        Path policy = Files.writeString(folder.resolve("agent.wall"), golden.section("source"));
        Run run = Run.of("reach", policy.toString());
        assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
        golden.check(section -> regions(run.out()));
    }

    /** Returns the text before the bypasses, which have their own golden cases. */
    private static String regions(String text) {
        return text.lines()
                .takeWhile(line -> !line.matches(".* bypass(es)? closed, .*") && !line.startsWith("not judged"))
                .map(line -> line + "\n")
                .collect(Collectors.joining());
    }
}
