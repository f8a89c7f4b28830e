// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Reason;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.testrunner.CaseResult;
import org.ringwall.compiler.testrunner.TestResult;

/** A translation of the values of the stages to the records of this package. */
final class Translation {
    private Translation() {}

    static List<Diagnostic> diagnostics(List<org.ringwall.compiler.source.Diagnostic> found) {
        return found.stream().map(Translation::diagnostic).toList();
    }

    private static Diagnostic diagnostic(org.ringwall.compiler.source.Diagnostic found) {
        return new Diagnostic(
                switch (found.severity()) {
                    case ERROR -> Diagnostic.Severity.ERROR;
                    case WARNING -> Diagnostic.Severity.WARNING;
                },
                found.code().id(),
                found.message(),
                range(found.at()),
                found.label(),
                found.help(),
                found.notes().stream()
                        .map(note ->
                                new Diagnostic.Note(note.message(), note.at().map(Translation::range)))
                        .toList(),
                DiagnosticRenderer.render(found).strip());
    }

    private static Diagnostic.Range range(Span span) {
        return new Diagnostic.Range(
                span.file().name(),
                position(span.position()),
                position(span.file().position(span.end())));
    }

    private static Diagnostic.Position position(SourceFile.Position at) {
        return new Diagnostic.Position(at.line(), at.column());
    }

    static Param param(org.ringwall.compiler.policy.Param param) {
        return new Param(
                param.name(),
                param.typeName(),
                unsigned(param.min()),
                unsigned(param.max()),
                unsigned(param.defaultValue()));
    }

    private static BigInteger unsigned(long value) {
        return new BigInteger(Long.toUnsignedString(value));
    }

    static TestReport test(TestResult result) {
        return new TestReport(
                result.test().name(),
                result.test().span().position().line(),
                result.cases().stream().map(Translation::line).toList());
    }

    private static TestReport.Case line(CaseResult result) {
        Span span = result.line().span();
        return new TestReport.Case(
                span.file().name(),
                span.position().line(),
                span.position().column(),
                result.passed(),
                result.line().expected().toString(),
                result.outcome(),
                decision(result),
                result.matched().stream().map(Span::ruleText).toList());
    }

    static Decision decision(CaseResult result) {
        Verdict verdict = result.verdict();
        return new Decision(
                new Request(result.line().text().replace('\r', ' ')),
                verdict.allows(),
                verdict instanceof Verdict.Deny deny ? Optional.of(deny.errno().toString()) : Optional.empty(),
                verdict.toString(),
                result.effects().stream().map(Effect::toString).toList(),
                result.deciders().stream().map(Span::ruleText).toList(),
                result.because().map(Reason::text));
    }
}
