// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.compiler.analysis.Reach;
import org.ringwall.compiler.bypass.Catalogue;
import org.ringwall.compiler.bypass.Closing;
import org.ringwall.compiler.bypass.Coverage;
import org.ringwall.compiler.bypass.Finding;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.report.ReachReport;
import org.ringwall.compiler.source.Span;

/** A translation of the analyses of a policy to the records of this package. */
final class ReachTranslation {
    private ReachTranslation() {}

    static ReachReport reach(Compilation compilation, int limit) {
        return new ReachReport(
                compilation.policy().name(),
                compilation.diagrams().decisions().stream()
                        .map(decision -> Reach.of(decision, compilation.policy(), limit))
                        .toList(),
                blocks(compilation.coverage()));
    }

    static List<ReachReport.BlockReach> blocks(Coverage coverage) {
        List<ReachReport.BlockReach> blocks = new ArrayList<>();
        for (Block.Target block : Catalogue.blocks()) {
            boolean has = coverage.blocks().contains(block);
            if (!has && block instanceof Block.Target.OfHook) {
                continue;
            }
            blocks.add(new ReachReport.BlockReach(
                    block.text(),
                    has,
                    coverage.of(block).stream().map(ReachTranslation::bypass).toList(),
                    coverage.notes(block)));
        }
        return blocks;
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
                finding.rules().stream().map(Span::ruleText).toList(),
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
