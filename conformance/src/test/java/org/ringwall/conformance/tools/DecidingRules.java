// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.tools;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Verdict;

/** The lines of the rules that give each verdict at a hook, from the leaves of its diagram. */
final class DecidingRules implements Node.Visitor<Outcome, Boolean> {
    private final Compilation compilation;
    private final Set<Node<Outcome>> seen = new HashSet<>();
    private final Map<Verdict, Set<Integer>> lines = new LinkedHashMap<>();

    private DecidingRules(Compilation compilation) {
        this.compilation = compilation;
    }

    static Map<Verdict, Set<Integer>> lines(Compilation compilation, Hook hook) {
        DecidingRules rules = new DecidingRules(compilation);
        compilation.diagrams().decisions().stream()
                .filter(decision -> decision.hook() == hook)
                .map(HookDecision::root)
                .forEach(rules::walk);
        return rules.lines;
    }

    private void walk(Node<Outcome> node) {
        if (seen.add(node)) {
            node.accept(this);
        }
    }

    @Override
    public Boolean leaf(Node.Leaf<Outcome> leaf) {
        for (RuleRef rule : leaf.value().rules()) {
            lines.computeIfAbsent(leaf.value().verdict(), verdict -> new TreeSet<>())
                    .add(line(rule));
        }
        return true;
    }

    private int line(RuleRef rule) {
        Block block = compilation.policy().blocks().get(rule.block());
        return block.rules().get(rule.rule()).span().position().line();
    }

    @Override
    public Boolean split(Node.Split<Outcome> split) {
        split.edges().forEach(edge -> walk(edge.child()));
        return true;
    }

    @Override
    public Boolean test(Node.PredicateTest<Outcome> test) {
        walk(test.yes());
        walk(test.no());
        return true;
    }
}
