// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.compiler.ast.AstPrinter;
import org.ringwall.compiler.ast.PolicyFile;
import org.ringwall.compiler.ast.PolicyFormatter;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.testkit.GoldenCase;

class SyntaxGoldenTest {
    static Stream<GoldenCase> trees() {
        return GoldenCase.in("ast").stream();
    }

    static Stream<GoldenCase> mistakes() {
        return GoldenCase.in("diagnostics").stream().filter(c -> c.toString().startsWith("syntax-"));
    }

    private static ParseResult parse(GoldenCase golden) {
        return PolicyParser.parse(new SourceFile("agent.wall", golden.section("source")));
    }

    @ParameterizedTest
    @MethodSource("trees")
    void printsTheTree(GoldenCase golden) {
        ParseResult result = parse(golden);
        assertThat(result.diagnostics()).isEmpty();
        golden.check(section -> AstPrinter.print(result.file().orElseThrow()));
    }

    @ParameterizedTest
    @MethodSource("trees")
    void readsItsOwnFormattingBack(GoldenCase golden) {
        PolicyFile file = parse(golden).file().orElseThrow();
        String text = PolicyFormatter.format(file);
        ParseResult again = PolicyParser.parse(new SourceFile("formatted.wall", text));
        assertThat(again.diagnostics()).as(text).isEmpty();
        assertThat(AstPrinter.print(again.file().orElseThrow())).isEqualTo(AstPrinter.print(file));
        assertThat(PolicyFormatter.format(again.file().orElseThrow())).isEqualTo(text);
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void reportsTheDiagnosticsOfTheGoldenCase(GoldenCase golden) {
        ParseResult result = parse(golden);
        assertThat(result.file()).isEmpty();
        golden.check(section -> DiagnosticRenderer.render(result.diagnostics()));
    }

    @Test
    void everySyntaxCodeHasAGoldenCase() {
        List<Code> seen = mistakes()
                .flatMap(golden -> parse(golden).diagnostics().stream())
                .map(Diagnostic::code)
                .distinct()
                .toList();
        assertThat(seen)
                .containsAll(Stream.of(Code.values())
                        .filter(code -> code.id().startsWith("E01"))
                        .toList());
    }
}
