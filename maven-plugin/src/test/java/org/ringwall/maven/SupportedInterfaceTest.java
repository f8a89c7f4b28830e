// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class SupportedInterfaceTest {
    /** Another package of Ringwall than the supported ones and this one. */
    private static final Pattern OTHER =
            Pattern.compile("org\\.ringwall\\.(?!compiler\\.(?:api|report)\\.|maven\\b)[a-z.]+");

    @Test
    void pluginUsesOnlyTheSupportedApiOfTheCompiler() throws Exception {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            List<Path> sources =
                    files.filter(file -> file.toString().endsWith(".java")).toList();
            assertThat(sources)
                    .hasSizeGreaterThan(10)
                    .allSatisfy(file -> assertThat(Files.readString(file)).doesNotContainPattern(OTHER));
        }
    }
}
