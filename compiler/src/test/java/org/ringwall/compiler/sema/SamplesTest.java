// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.SourceFiles;
import org.ringwall.testkit.GoldenCase;

/** The policies in samples/ and docs/language.md compile without a diagnostic. */
class SamplesTest {
    static List<Path> samples() throws IOException {
        try (Stream<Path> files = Files.list(GoldenCase.projectRoot().resolve("samples/policies"))) {
            return files.filter(file -> file.toString().endsWith(".wall"))
                    .sorted()
                    .toList();
        }
    }

    /** Returns the examples of docs/language.md that are complete policies. */
    static Stream<String> examples() throws IOException {
        return Pattern.compile("```wall\\n(policy .*?)```", Pattern.DOTALL)
                .matcher(page())
                .results()
                .map(match -> match.group(1));
    }

    private static String page() throws IOException {
        return Files.readString(GoldenCase.projectRoot().resolve("docs/language.md"));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void compilesWithoutDiagnostics(Path sample) throws IOException {
        passes(new SourceFile(sample.getFileName().toString(), Files.readString(sample)), SourceFiles.NONE);
    }

    @ParameterizedTest
    @MethodSource("examples")
    void examplesOfTheReferenceCompileWithoutDiagnostics(String example) throws IOException {
        String page = page();
        passes(new SourceFile("language.md", example), (from, path) -> includedFile(page, path));
    }

    /**
     * Returns a file that an example includes: a block of the page that begins with the file's name
     * as a comment.
     */
    private static SourceFiles.Answer includedFile(String page, String path) {
        String text = Pattern.compile("```text\\n((?:#|//) " + Pattern.quote(path) + "\\n.*?)```", Pattern.DOTALL)
                .matcher(page)
                .results()
                .map(match -> match.group(1))
                .findFirst()
                .orElseThrow();
        return new SourceFiles.Answer.Text(new SourceFile(path, text), path);
    }

    private static void passes(SourceFile file, SourceFiles files) {
        CompileResult result = Compiler.compile(file, files, Settings.DEFAULT);
        assertThat(DiagnosticRenderer.render(result.diagnostics())).isEmpty();
        assertThat(result.compilation().orElseThrow().policy().blocks()).isNotEmpty();
    }
}
