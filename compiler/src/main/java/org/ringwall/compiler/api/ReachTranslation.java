// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.ringwall.compiler.analysis.Choice;
import org.ringwall.compiler.analysis.Reach;
import org.ringwall.compiler.analysis.RegionReport;
import org.ringwall.compiler.bypass.Catalogue;
import org.ringwall.compiler.bypass.Closing;
import org.ringwall.compiler.bypass.Coverage;
import org.ringwall.compiler.bypass.Finding;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.U128;

/** A translation of the analyses of a policy to the records of this package. */
final class ReachTranslation {
    private ReachTranslation() {}

    static ReachReport reach(Compilation compilation, int limit) {
        return new ReachReport(
                compilation.policy().name(),
                compilation.diagrams().decisions().stream()
                        .map(decision -> hook(decision, compilation.policy(), limit))
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

    private static ReachReport.HookReach hook(HookDecision decision, Policy policy, int limit) {
        Reach reach = Reach.of(decision, policy.sets(), limit);
        return new ReachReport.HookReach(
                decision.hook().word(), regions(reach.allowed(), policy), regions(reach.denied(), policy));
    }

    private static ReachReport.Regions regions(Reach.Side side, Policy policy) {
        return new ReachReport.Regions(
                side.complete(),
                side.regions().stream().map(region -> region(region, policy)).toList());
    }

    private static Region region(RegionReport region, Policy policy) {
        return new Region(
                region.verdict().toString(),
                region.rules().stream()
                        .map(rule -> policy.blocks()
                                .get(rule.block())
                                .rules()
                                .get(rule.rule())
                                .span())
                        .map(Translation::rule)
                        .toList(),
                region.fields().stream()
                        .map(field -> new Region.FieldValues(
                                field.field(),
                                field.choices().stream()
                                        .map(ReachTranslation::values)
                                        .toList()))
                        .toList(),
                region.conditions().stream().map(ReachTranslation::condition).toList(),
                region.changes(),
                region.text());
    }

    private static Region.Values values(Choice choice) {
        return new Region.Values(
                choice.negated(),
                choice.within(),
                choice.sets(),
                choice.prefixes(),
                choice.ranges().stream().map(ReachTranslation::range).toList(),
                choice.words(),
                choice.texts().stream()
                        .map(text -> new Region.Strings(text.absent(), text.matches(), text.unknown()))
                        .toList(),
                choice.except(),
                choice.halves().map(halves -> new Region.Halves(range(halves.first()), range(halves.last()))));
    }

    private static Region.Range range(Interval interval) {
        return new Region.Range(unsigned(interval.low()), unsigned(interval.high()));
    }

    /** Returns a number of 64 bits. */
    private static BigInteger unsigned(U128 number) {
        return new BigInteger(Long.toUnsignedString(number.low()));
    }

    private static Region.Condition condition(RegionReport.Condition condition) {
        return new Region.Condition(
                switch (condition.kind()) {
                    case PARAM -> Region.Kind.PARAM;
                    case LIVE_SET -> Region.Kind.LIVE_SET;
                    case RATE -> Region.Kind.RATE;
                    case TABLE -> Region.Kind.TABLE;
                    case CLASSIFIER -> Region.Kind.CLASSIFIER;
                },
                condition.field(),
                condition.operator(),
                condition.address(),
                condition.name(),
                condition.holds(),
                condition.text());
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
