// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.testkit.GoldenCase;

/** The examples of docs/language.md behave as the reference evaluator. */
class LanguagePageTest {
    private static final Pattern EXAMPLE = Pattern.compile("(?s)```wall\n(policy .*?)```");

    static Stream<String> examples() throws IOException {
        String page = Files.readString(GoldenCase.projectRoot().resolve("docs/language.md"));
        List<String> found = EXAMPLE.matcher(page)
                .results()
                .map(MatchResult::group)
                .map(block -> block.substring("```wall\n".length(), block.length() - "```".length()))
                .toList();
        return found.stream().filter(LanguagePageTest::isWhole);
    }

    /** Returns whether the example needs no other files. */
    private static boolean isWhole(String text) {
        return !text.contains("include \"") && !text.contains("file \"");
    }

    @ParameterizedTest
    @MethodSource("examples")
    void passesItsTests(String text) {
        assertThat(PolicyText.of(text).failures()).isEmpty();
    }

    @Test
    void theExamplesAreFound() throws IOException {
        assertThat(examples()).hasSizeGreaterThan(15);
    }
}
