package org.ringwall.compiler.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.syntax.PolicyParser;
import org.ringwall.testkit.GoldenCase;

/** The policies that the project shows are policies. */
class SamplesTest {
    static List<Path> samples() throws IOException {
        try (Stream<Path> files = Files.list(GoldenCase.projectRoot().resolve("samples/policies"))) {
            return files.filter(file -> file.toString().endsWith(".wall"))
                    .sorted()
                    .toList();
        }
    }

    /** The examples of docs/language.md that are whole policies. */
    static Stream<String> examples() throws IOException {
        String page = Files.readString(GoldenCase.projectRoot().resolve("docs/language.md"));
        return Pattern.compile("```wall\\n(policy .*?)```", Pattern.DOTALL)
                .matcher(page)
                .results()
                .map(match -> match.group(1));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void passesWithoutAWord(Path sample) throws IOException {
        passes(new SourceFile(sample.getFileName().toString(), Files.readString(sample)));
    }

    @ParameterizedTest
    @MethodSource("examples")
    void passesWithoutAWordInTheReference(String example) {
        passes(new SourceFile("language.md", example));
    }

    private static void passes(SourceFile file) {
        CheckResult result = PolicyChecker.check(PolicyParser.parse(file).file().orElseThrow(), Options.NONE);
        assertThat(DiagnosticRenderer.render(result.diagnostics())).isEmpty();
        assertThat(result.policy().orElseThrow().blocks()).isNotEmpty();
    }
}
