// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.files.CaseFiles;
import org.ringwall.compiler.policy.PolicyPrinter;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.syntax.ParseResult;
import org.ringwall.compiler.syntax.PolicyParser;
import org.ringwall.testkit.GoldenCase;

class CheckGoldenTest {
    static Stream<GoldenCase> mistakes() {
        return GoldenCase.in("diagnostics").stream()
                .filter(golden -> golden.toString().startsWith("check-"));
    }

    static Stream<GoldenCase> policies() {
        return GoldenCase.in("policy").stream();
    }

    /**
     * Returns all diagnostics for the source of a case: those of the parser, or those of the
     * checker if the syntax is valid.
     */
    private static List<Diagnostic> diagnostics(GoldenCase golden) {
        ParseResult parsed = PolicyParser.parse(new SourceFile("agent.wall", golden.section("source")));
        return parsed.file()
                .map(file -> CaseFiles.with(
                        golden,
                        files -> PolicyChecker.check(file, options(golden), files)
                                .diagnostics()))
                .orElse(parsed.diagnostics());
    }

    private static Options options(GoldenCase golden) {
        if (!golden.sections().containsKey("targets")) {
            return Options.NONE;
        }
        List<KernelVersion> targets = Arrays.stream(
                        golden.section("targets").strip().split(" "))
                .map(text -> KernelVersion.parse(text).orElseThrow())
                .toList();
        return new Options(targets, ByteOrder.LITTLE_ENDIAN);
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void reportsTheDiagnosticsOfTheGoldenCase(GoldenCase golden) {
        golden.check(section -> DiagnosticRenderer.render(diagnostics(golden)), "targets");
    }

    @ParameterizedTest
    @MethodSource("policies")
    void buildsTheTypedPolicyOfTheGoldenCase(GoldenCase golden) {
        SourceFile source = new SourceFile("agent.wall", golden.section("source"));
        CheckResult result = CaseFiles.with(
                golden,
                files -> PolicyChecker.check(PolicyParser.parse(source).file().orElseThrow(), options(golden), files));
        assertThat(DiagnosticRenderer.render(result.diagnostics())).isEmpty();
        golden.check(section -> PolicyPrinter.print(result.policy().orElseThrow()), "targets");
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void helpsWithEveryMistake(GoldenCase golden) {
        assertThat(diagnostics(golden)).isNotEmpty().allSatisfy(found -> {
            assertThat(found.help()).as(found.message()).isPresent();
            assertThat(found.message().substring(0, 1)).matches("[a-z`]");
        });
    }
}
