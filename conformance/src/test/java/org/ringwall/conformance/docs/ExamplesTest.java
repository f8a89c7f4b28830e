// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.report.TestReport;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.SourceFiles;
import org.ringwall.compiler.testrunner.PolicyTestRunner;

/** A test that the documents' examples compile and pass. */
final class ExamplesTest {
    static Stream<Arguments> examples() {
        return Document.all().stream()
                .flatMap(page -> page.blocks("wall", "policy").stream()
                        .map(text -> Arguments.of(
                                page + ": " + text.lines().findFirst().orElse(""), text)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("examples")
    void compilesWithoutDiagnosticsAndPassesItsTests(String name, String text) {
        CompileResult result = Compiler.compile(new SourceFile(name, text), ExamplesTest::beside, Settings.DEFAULT);
        assertThat(DiagnosticRenderer.render(result.diagnostics())).isEmpty();
        Compilation made = result.compilation().orElseThrow();

        List<TestReport> tests = PolicyTestRunner.run(made.policy(), made.object(), made.oldestKernel());

        assertThat(tests).as("an example shows what it does").isNotEmpty();
        for (TestReport.Case line :
                tests.stream().flatMap(test -> test.cases().stream()).toList()) {
            assertThat(line.passed())
                    .as(
                            "%s => %s",
                            line.decision().request().words(), line.decision().verdict())
                    .isTrue();
        }
    }

    /**
     * Returns the file that an example names: the block of the page that begins with the name as a
     * comment.
     */
    private static SourceFiles.Answer beside(SourceFile from, String path) {
        Document page = Document.of("docs/language.md");
        String text = Stream.of("# ", "// ")
                .flatMap(comment -> page.blocks("text", comment + path).stream())
                .findFirst()
                .orElseThrow();
        return new SourceFiles.Answer.Text(new SourceFile(path, text), path);
    }

    @Test
    void findsTheExamplesOfBothPages() {
        assertThat(Document.of("docs/language.md").blocks("wall", "policy")).hasSizeGreaterThanOrEqualTo(7);
        assertThat(Document.of("README.md").blocks("wall", "policy")).hasSize(1);
    }

    @Test
    void readmeShowsThePolicyThatItRuns() {
        String sample = Samples.withoutComments(Samples.text("first.wall"));
        String shown = Samples.withoutComments(
                Document.of("README.md").blocks("wall", "policy first").get(0));
        String tests = "\ntest ";
        assertThat(shown.substring(0, shown.indexOf(tests))).isEqualTo(sample.substring(0, sample.indexOf(tests)));
        assertThat(sample.lines().toList())
                .as("the page leaves some lines of the test out")
                .containsSubsequence(shown.lines().toList());
    }

    @Test
    void samplesPageNamesEverySample() {
        String page = Document.of("samples/README.md").text();
        assertThat(Samples.names())
                .isNotEmpty()
                .allSatisfy(name -> assertThat(page).contains("](policies/" + name + ")"));
    }
}
