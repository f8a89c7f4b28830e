package org.ringwall.compiler.coverage;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.IntervalSet;

/** A policy as judges ask about it: which hooks are asked, what can come out for a part of the requests, and whose rule that was. */
record Decisions(Policy policy, PolicyDiagrams diagrams) {
    /** What the policy decides at the hook, if it asks anything there. */
    Optional<Node<Outcome>> at(Hook hook) {
        return diagrams.decisions().stream()
                .filter(decision -> decision.hook() == hook)
                .map(HookDecision::root)
                .findFirst();
    }

    /** Those of these hooks that the policy does not ask. */
    List<Hook> unasked(Collection<Hook> hooks) {
        return hooks.stream().filter(hook -> at(hook).isEmpty()).toList();
    }

    /** Every outcome that a request of one of these boxes can have at these hooks: each variable named lies in its set. */
    Set<Outcome> outcomes(Collection<Hook> hooks, List<Map<Variable, IntervalSet>> boxes) {
        Set<Outcome> found = new LinkedHashSet<>();
        for (Hook hook : hooks) {
            at(hook).ifPresent(root -> boxes.forEach(box -> new Reachable<>(box, found::add).visit(root)));
        }
        return found;
    }

    /** Whether the policy has the block, or asks one of its hooks by `on`. */
    boolean speaksOf(Intent intent) {
        return policy.blocks().stream()
                .map(Block::target)
                .anyMatch(target -> target instanceof Block.Target.OfHook one
                        ? intent.hooks().contains(one.hook())
                        : target.equals(new Block.Target.OfIntent(intent)));
    }

    /** Whether one of these rules was written in a block of this intent, and not as its default. */
    boolean writtenIn(Intent intent, List<RuleRef> rules) {
        return rules.stream()
                .anyMatch(ref -> block(ref).target().equals(new Block.Target.OfIntent(intent))
                        && ref.rule() < block(ref).rules().size() - 1);
    }

    private Block block(RuleRef ref) {
        return policy.blocks().get(ref.block());
    }

    /** Where the rule is written. */
    Span span(RuleRef ref) {
        return block(ref).rules().get(ref.rule()).span();
    }

    /** The rules as `line 4: deny if type == raw`, the first two of them. */
    String text(Collection<RuleRef> rules) {
        List<RuleRef> distinct = rules.stream().distinct().sorted().toList();
        String shown = distinct.stream()
                .limit(2)
                .map(this::span)
                .map(span -> "line " + span.position().line() + " `"
                        + span.text().lines().findFirst().orElse("").strip() + "`")
                .collect(Collectors.joining(" and "));
        return distinct.size() > 2 ? shown + " and " + (distinct.size() - 2) + " more" : shown;
    }
}
