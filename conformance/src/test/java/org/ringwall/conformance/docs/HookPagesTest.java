// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.bpf.kernel.Hook;

/**
 * A test that docs/hooks agrees with the tables. The part of a page from its example on is written
 * by hand, and {@link ExamplesTest} compiles it; `-Dgolden.update=true` writes the rest.
 */
class HookPagesTest {
    private static final String EXAMPLE = "\n## Example\n";

    private static final Path FOLDER = Document.root().resolve("docs/hooks");

    private static Path file(Hook hook) {
        return FOLDER.resolve(hook + ".md");
    }

    @ParameterizedTest
    @EnumSource
    void pagesMatchTheTables(Hook hook) throws IOException {
        String page = Files.exists(file(hook)) ? Files.readString(file(hook)) : "";
        int example = page.indexOf(EXAMPLE);
        String generated = HookPages.page(hook);
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(file(hook), generated + (example < 0 ? "" : page.substring(example)));
            return;
        }
        assertThat(example < 0 ? page : page.substring(0, example)).isEqualTo(generated);
    }

    @Test
    void theIndexMatchesTheTables() throws IOException {
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(FOLDER.resolve("README.md"), HookPages.index());
        }
        assertThat(Files.readString(FOLDER.resolve("README.md"))).isEqualTo(HookPages.index());
    }

    @Test
    void thereIsExactlyOnePagePerHook() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            List<String> names =
                    files.map(file -> file.getFileName().toString()).toList();
            assertThat(names)
                    .containsExactlyInAnyOrderElementsOf(Stream.concat(
                                    Stream.of("README.md"),
                                    Arrays.stream(Hook.values()).map(hook -> hook + ".md"))
                            .toList());
        }
    }

    /** An example is a policy with tests and with a block at the hook. */
    @ParameterizedTest
    @EnumSource
    void everyPageHasAnExample(Hook hook) {
        Document page = Document.of("docs/hooks/" + hook + ".md");
        List<String> examples = page.blocks("wall", "policy");
        assertThat(examples).hasSize(1);
        assertThat(examples).allSatisfy(text -> assertThat(text).contains("\non " + hook + " {", "\ntest "));
    }
}
