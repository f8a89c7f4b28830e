// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.compiler.report.Stage;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.testkit.GoldenCase;

class FormsGoldenTest {
    static Stream<GoldenCase> cases() {
        return GoldenCase.in("forms").stream();
    }

    /** The section `forms HOOK` is the output of the stage for that hook. */
    @ParameterizedTest
    @MethodSource("cases")
    void showsTheFormsOfTheProgram(GoldenCase golden) {
        SourceFile source = new SourceFile("case.wall", golden.section("source"));
        CompileResult result = Compiler.compile(source, Settings.DEFAULT);
        Compilation compilation = result.compilation()
                .orElseThrow(() -> new AssertionError(DiagnosticRenderer.render(result.diagnostics())));
        List<String> lines =
                StagePrinter.print(Stage.FORMS, compilation).lines().toList();
        golden.check(section -> ofHook(lines, section.substring("forms ".length())));
    }

    private static String ofHook(List<String> lines, String hook) {
        assertThat(lines).contains(hook);
        StringBuilder text = new StringBuilder();
        lines.stream()
                .skip(lines.indexOf(hook) + 1L)
                .takeWhile(line -> line.startsWith("  "))
                .forEach(line -> text.append(line.strip()).append('\n'));
        return text.toString();
    }
}
