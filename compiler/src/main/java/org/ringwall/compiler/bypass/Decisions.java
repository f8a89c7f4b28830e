// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.IntervalSet;

/** A policy as judges ask about it: which hooks are asked, what can come out for a part of the requests, and whose rule that was. */
record Decisions(Policy policy, PolicyDiagrams diagrams) {
    /** What the policy decides at the hook, if it asks anything there. */
    Optional<Node<Outcome>> at(Hook hook) {
        return diagrams.decisions().stream()
                .filter(decision -> decision.hook() == hook && asked(hook))
                .map(HookDecision::root)
                .findFirst();
    }

    /** Where sockets are only stamped nothing is decided. */
    private boolean asked(Hook hook) {
        return policy.blocks().stream().anyMatch(block -> block.hooks().contains(hook));
    }

    /** Those of these hooks that the policy does not ask. */
    List<Hook> unasked(Collection<Hook> hooks) {
        return hooks.stream().filter(hook -> at(hook).isEmpty()).toList();
    }

    /** Every outcome that a request of one of these boxes can have at the hook: each variable named lies in its set. */
    Set<Outcome> outcomes(Hook hook, List<Map<Variable, IntervalSet>> boxes) {
        Set<Outcome> found = new LinkedHashSet<>();
        at(hook).ifPresent(root -> boxes.forEach(box -> new Reachable<>(box, found::add).visit(root)));
        return found;
    }

    /** The requests at sysctl with this name. */
    Map<Variable, IntervalSet> named(String sysctl) {
        return diagrams.decisions().stream()
                .filter(decision -> decision.hook() == Hook.SYSCTL)
                .flatMap(decision -> Optional.ofNullable(decision.strings().get(Variable.NAME)).stream())
                .findFirst()
                .map(names -> Map.of(Variable.NAME, IntervalSet.of(names.classOf(ByteString.of(sysctl)))))
                .orElse(Map.of());
    }

    /** Hooks of the intent at which an `on` block denies, while at one of these other hooks no `on` block is asked. */
    List<Hook> deniedAlone(Intent intent, Collection<Hook> hooks) {
        if (hooks.stream().allMatch(hook -> onBlocks(hook).findAny().isPresent())) {
            return List.of();
        }
        return intent.hooks().stream()
                .filter(hook ->
                        onBlocks(hook).anyMatch(block -> block.rules().stream().anyMatch(Rule::denies)))
                .toList();
    }

    private Stream<Block> onBlocks(Hook hook) {
        return policy.blocks().stream().filter(block -> block.target().equals(new Block.Target.OfHook(hook)));
    }

    /** Whether the policy has the block, or asks one of its hooks by `on`. */
    boolean speaksOf(Intent intent) {
        return policy.blocks().stream()
                .map(Block::target)
                .anyMatch(target -> target instanceof Block.Target.OfHook one
                        ? intent.hooks().contains(one.hook())
                        : target.equals(new Block.Target.OfIntent(intent)));
    }

    /**
     * Whether every block that speaks of the intent, and could be asked at this hook or at none of these hooks, allowed by
     * a rule that is not its default: then what it allowed was meant, and nothing of it is gone around.
     */
    boolean saidSo(Intent intent, Hook hook, List<Hook> hooks, List<RuleRef> rules) {
        for (int i = 0; i < policy.blocks().size(); i++) {
            int index = i;
            Block block = policy.blocks().get(i);
            boolean concerned = block.target() instanceof Block.Target.OfHook one
                    ? intent.hooks().contains(one.hook()) && (one.hook() == hook || !hooks.contains(one.hook()))
                    : block.target().equals(new Block.Target.OfIntent(intent));
            boolean said = rules.stream()
                    .anyMatch(ref ->
                            ref.block() == index && ref.rule() < block.rules().size() - 1);
            if (concerned && !said) {
                return false;
            }
        }
        return true;
    }

    /** The rule itself. */
    Rule rule(RuleRef ref) {
        return policy.blocks().get(ref.block()).rules().get(ref.rule());
    }

    /** Whether the rule allows, and is not the default of its block. */
    boolean allowsByName(RuleRef ref) {
        boolean last = ref.rule() == policy.blocks().get(ref.block()).rules().size() - 1;
        return !last && rule(ref).allows();
    }

    /** Where the rule is written. */
    Span span(RuleRef ref) {
        return rule(ref).span();
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
