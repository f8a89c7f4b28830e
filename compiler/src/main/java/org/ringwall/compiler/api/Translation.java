// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.analysis.Reach;
import org.ringwall.compiler.bypass.Closing;
import org.ringwall.compiler.bypass.Coverage;
import org.ringwall.compiler.bypass.Finding;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.NamedSet;
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
                result.matched().stream().map(Translation::rule).toList());
    }

    static Decision decision(CaseResult result) {
        Verdict verdict = result.verdict();
        return new Decision(
                new Request(result.line().text().replace('\r', ' ')),
                verdict.allows(),
                verdict instanceof Verdict.Deny deny ? Optional.of(deny.errno().toString()) : Optional.empty(),
                verdict.toString(),
                result.effects().stream().map(Effect::toString).toList(),
                result.deciders().stream().map(Translation::rule).toList(),
                result.because().map(Reason::text));
    }

    static RuleText rule(Span span) {
        return new RuleText(
                span.file().name(), span.position().line(), span.position().column(), span.text());
    }

    static ReachReport reach(Compilation compilation, int limit) {
        Coverage coverage = compilation.coverage();
        List<ReachReport.BlockReach> blocks = new ArrayList<>();
        for (Intent block : Intent.values()) {
            blocks.add(new ReachReport.BlockReach(
                    block.text(),
                    coverage.blocks().contains(block),
                    coverage.of(block).stream().map(Translation::bypass).toList(),
                    coverage.notes(block)));
        }
        return new ReachReport(
                compilation.diagrams().decisions().stream()
                        .map(decision -> hook(decision, compilation.policy().sets(), limit))
                        .toList(),
                blocks);
    }

    private static ReachReport.HookReach hook(HookDecision decision, List<NamedSet> sets, int limit) {
        Reach reach = Reach.of(decision, limit);
        return new ReachReport.HookReach(decision.hook().word(), reach.complete(), reach.words(sets));
    }

    private static ReachReport.BypassReport bypass(Finding finding) {
        return new ReachReport.BypassReport(
                finding.bypass().id(),
                switch (finding.status()) {
                    case OPEN -> ReachReport.Status.OPEN;
                    case NARROWED -> ReachReport.Status.NARROWED;
                    case ALLOWED -> ReachReport.Status.ALLOWED;
                    case OUTSIDE -> ReachReport.Status.OUTSIDE;
                    case CLOSED -> ReachReport.Status.CLOSED;
                    case NOT_APPLICABLE -> ReachReport.Status.NOT_APPLICABLE;
                },
                finding.bypass().what(),
                finding.bypass().lets(),
                finding.bypass().kernels(),
                finding.reason(),
                finding.rules().stream().map(Translation::rule).toList(),
                finding.bypass().closing().accept(new ClosedBy()),
                finding.words());
    }

    private static final class ClosedBy implements Closing.Visitor<ReachReport.Closing> {
        @Override
        public ReachReport.Closing byConstruction(Closing.ByConstruction closing) {
            return ReachReport.Closing.CONSTRUCTION;
        }

        @Override
        public ReachReport.Closing byPolicy(Closing.ByPolicy closing) {
            return ReachReport.Closing.POLICY;
        }

        @Override
        public ReachReport.Closing elsewhere(Closing.Elsewhere closing) {
            return ReachReport.Closing.ELSEWHERE;
        }
    }
}
