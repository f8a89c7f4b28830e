// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.compiler.diagram.DiagramPrinter;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.testkit.GoldenCase;

class DiagramGoldenTest {
    static Stream<GoldenCase> cases() {
        return GoldenCase.in("diagram").stream();
    }

    /** The section `diagram HOOK` is the diagram of that hook. */
    @ParameterizedTest
    @MethodSource("cases")
    void buildsTheDiagramOfTheGoldenCase(GoldenCase golden) {
        SourceFile source = new SourceFile("agent.wall", golden.section("source"));
        CompileResult result = Compiler.compile(source, Settings.DEFAULT);
        Compilation compilation = result.compilation()
                .orElseThrow(() -> new AssertionError(DiagnosticRenderer.render(result.diagnostics())));
        golden.check(section -> diagram(compilation, section));
    }

    private static String diagram(Compilation compilation, String section) {
        for (HookDecision decision : compilation.diagrams().decisions()) {
            if (section.equals("diagram " + decision.hook().word())) {
                return DiagramPrinter.print(decision);
            }
        }
        throw new AssertionError("nothing is decided at the hook of section `" + section + "`");
    }
}
