// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Policy;

/**
 * The status of every bypass of every block under one policy, computed from its diagrams.
 *
 * @param blocks the blocks that the policy has, or whose hooks it uses in `on` blocks
 * @param findings one for each bypass of each block of the catalogue, grouped by block
 * @param remarks consequences of the blocks that authors easily overlook
 */
public record Coverage(List<Block.Target> blocks, List<Finding> findings, List<Remark> remarks) {
    public Coverage {
        blocks = List.copyOf(blocks);
        findings = List.copyOf(findings);
        remarks = List.copyOf(remarks);
    }

    /**
     * Returns the findings for a policy, grouped by block. Within a block they are ordered by
     * status, those that need attention first.
     */
    public static Coverage of(Policy policy, PolicyDiagrams diagrams) {
        Decisions decisions = new Decisions(policy, diagrams);
        List<Finding> findings = new ArrayList<>();
        for (Block.Target block : Catalogue.blocks()) {
            Catalogue.around(block).stream()
                    .map(bypass -> finding(block, bypass, decisions))
                    .sorted(Comparator.comparing(Finding::status))
                    .forEach(findings::add);
        }
        List<Block.Target> blocks =
                Catalogue.blocks().stream().filter(decisions::speaksOf).toList();
        return new Coverage(blocks, findings, Remark.of(decisions));
    }

    private static Finding finding(Block.Target block, Bypass bypass, Decisions decisions) {
        if (!decisions.speaksOf(block)) {
            return new Finding(
                    block, bypass, Status.NOT_APPLICABLE, "the policy has no such block", List.of(), "add the block");
        }
        Judgement judgement = bypass.judge().judge(block, decisions);
        boolean closable = !(bypass.closing() instanceof Closing.Elsewhere);
        boolean lets = judgement.status() == Status.OPEN || judgement.status() == Status.NARROWED;
        Status status = lets && !closable ? Status.OUTSIDE : judgement.status();
        List<RuleRef> rules = judgement.rules();
        return new Finding(
                block,
                bypass,
                status,
                judgement.reason(),
                rules.stream().map(decisions::span).toList(),
                status == Status.CLOSED || status == Status.ALLOWED
                        ? ""
                        : judgement.words().orElseGet(() -> words(block, bypass, decisions)));
    }

    private static String words(Block.Target block, Bypass bypass, Decisions decisions) {
        return bypass.closing().accept(new Closing.Visitor<String>() {
            @Override
            public String byConstruction(Closing.ByConstruction closing) {
                String hooks = decisions.policy().blocks().stream()
                        .map(Block::target)
                        .filter(target -> target instanceof Block.Target.OfHook one
                                && block.hooks(false).contains(one.hook()))
                        .map(target -> "`" + target.text() + "`")
                        .distinct()
                        .collect(Collectors.joining(" and "));
                return block.text() + " { … } in place of " + hooks;
            }

            @Override
            public String byPolicy(Closing.ByPolicy closing) {
                return closing.words();
            }

            @Override
            public String elsewhere(Closing.Elsewhere closing) {
                return closing.advice();
            }
        });
    }

    /** Returns the findings of the block of an intent. */
    public List<Finding> of(Intent block) {
        return of(new Block.Target.OfIntent(block));
    }

    /** Returns the findings of one block. */
    public List<Finding> of(Block.Target block) {
        return findings.stream()
                .filter(finding -> finding.block().equals(block))
                .toList();
    }

    /** Returns the texts of the remarks about one block. */
    public List<String> notes(Block.Target block) {
        return remarks.stream()
                .filter(remark -> block.equals(new Block.Target.OfIntent(remark.block())))
                .map(Remark::text)
                .toList();
    }
}
