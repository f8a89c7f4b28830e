// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.report.ReachReport.BlockReach;
import org.ringwall.compiler.report.ReachReport.BypassReport;
import org.ringwall.compiler.report.ReachReport.Closing;
import org.ringwall.compiler.report.ReachReport.Status;
import org.ringwall.compiler.source.Span;

/** A judge of every bypass of every block under one policy, by its diagrams. */
public final class Coverage {
    private final Decisions decisions;

    private Coverage(Decisions decisions) {
        this.decisions = decisions;
    }

    /**
     * Returns the bypasses of each block of the catalogue, those that need attention first. A block
     * of a single hook is left out if the policy has no such block.
     */
    public static List<BlockReach> of(Policy policy, PolicyDiagrams diagrams) {
        Coverage coverage = new Coverage(new Decisions(policy, diagrams));
        List<Remark> remarks = Remark.of(coverage.decisions);
        return Catalogue.blocks().stream()
                .filter(block -> block instanceof Block.Target.OfIntent || coverage.decisions.speaksOf(block))
                .map(block -> coverage.block(block, remarks))
                .toList();
    }

    private BlockReach block(Block.Target block, List<Remark> remarks) {
        return new BlockReach(
                block.text(),
                decisions.speaksOf(block),
                Catalogue.around(block).stream()
                        .map(bypass -> report(block, bypass))
                        .sorted(Comparator.comparing(BypassReport::status))
                        .toList(),
                remarks.stream()
                        .filter(remark -> block.equals(new Block.Target.OfIntent(remark.block())))
                        .map(Remark::text)
                        .toList());
    }

    private BypassReport report(Block.Target block, Bypass bypass) {
        if (!decisions.speaksOf(block)) {
            return report(bypass, Status.NOT_APPLICABLE, "the policy has no such block", List.of(), "add the block");
        }
        Judgement judgement = bypass.judge().judge(block, decisions);
        boolean closable = bypass.remedy().closing() != Closing.ELSEWHERE;
        boolean lets = judgement.status() == Status.OPEN || judgement.status() == Status.NARROWED;
        Status status = lets && !closable ? Status.OUTSIDE : judgement.status();
        boolean done = status == Status.CLOSED || status == Status.ALLOWED;
        return report(
                bypass,
                status,
                judgement.reason(),
                judgement.rules().stream().map(decisions::span).toList(),
                done ? "" : judgement.words().orElseGet(() -> words(block, bypass.remedy())));
    }

    private static BypassReport report(Bypass bypass, Status status, String why, List<Span> rules, String advice) {
        return new BypassReport(
                bypass.id(),
                status,
                bypass.what(),
                bypass.lets(),
                bypass.kernels(),
                why,
                rules.stream().map(Span::ruleText).toList(),
                bypass.remedy().closing(),
                advice);
    }

    private String words(Block.Target block, Remedy remedy) {
        if (remedy.closing() != Closing.CONSTRUCTION) {
            return remedy.words();
        }
        String hooks = decisions.policy().blocks().stream()
                .map(Block::target)
                .filter(target -> target instanceof Block.Target.OfHook one
                        && block.hooks(false).contains(one.hook()))
                .map(target -> "`" + target.text() + "`")
                .distinct()
                .collect(Collectors.joining(" and "));
        return block.text() + " { … } in place of " + hooks;
    }
}
