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
import org.ringwall.compiler.diagram.TestOrder;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.IntervalSet;

/**
 * The queries of judges about one policy: which hooks it uses, the possible outcomes for a set of
 * requests, and the rules that cause them.
 */
record Decisions(Policy policy, PolicyDiagrams diagrams) {
    static final Block.Target EGRESS = new Block.Target.OfIntent(Intent.EGRESS);

    TestOrder order() {
        return diagrams.order();
    }

    /** Returns the policy's diagram for the hook; empty if no block uses the hook. */
    Optional<Node<Outcome>> at(Hook hook) {
        return diagrams.decisions().stream()
                .filter(decision -> decision.hook() == hook && isUsed(hook))
                .map(HookDecision::root)
                .findFirst();
    }

    /** Returns whether a block uses the hook. A hook that only writes stamps has no verdict. */
    private boolean isUsed(Hook hook) {
        return policy.blocks().stream().anyMatch(block -> block.hooks().contains(hook));
    }

    /** Returns the hooks of this list that no block of the policy uses. */
    List<Hook> unused(Collection<Hook> hooks) {
        return hooks.stream().filter(hook -> at(hook).isEmpty()).toList();
    }

    /**
     * Returns every possible outcome at the hook for the requests in these boxes. In a box each
     * named variable has a value of its set; the others are unrestricted.
     */
    Set<Outcome> outcomes(Hook hook, List<Map<Variable, IntervalSet>> boxes) {
        Set<Outcome> found = new LinkedHashSet<>();
        at(hook).ifPresent(root -> boxes.forEach(box -> Reachable.any(order(), root, box, outcome -> {
            found.add(outcome);
            return false;
        })));
        return found;
    }

    /** Returns the box of the requests at `sysctl` with this name. */
    Map<Variable, IntervalSet> named(String sysctl) {
        return strings(Hook.SYSCTL, Variable.NAME)
                .map(names -> Map.of(Variable.NAME, IntervalSet.of(names.classOf(ByteString.of(sysctl)))))
                .orElse(Map.of());
    }

    /** Returns the alias for each kind of interface that the policy distinguishes. */
    List<SysctlAliases.Alias> distinguished(SysctlAliases.Alias alias) {
        return strings(Hook.SYSCTL, Variable.NAME)
                .map(names -> SysctlAliases.distinguished(alias, names))
                .orElse(List.of());
    }

    /** Returns the classes of a string at a hook; empty if no rule there reads it. */
    Optional<Classifier> strings(Hook hook, Variable variable) {
        return diagrams.decisions().stream()
                .filter(decision -> decision.hook() == hook)
                .flatMap(decision -> Optional.ofNullable(decision.strings().get(variable)).stream())
                .findFirst();
    }

    /** Returns the rules of the `on` blocks at this hook as they are written, in order. */
    List<String> written(Hook hook) {
        return onBlocks(hook)
                .flatMap(block -> block.rules().stream())
                .map(rule -> rule.span().text())
                .toList();
    }

    /**
     * Returns the hooks of the intent at which an `on` block denies; empty if each of these other
     * hooks has an `on` block.
     */
    List<Hook> deniedAlone(Block.Target intent, Collection<Hook> hooks) {
        if (hooks.stream().allMatch(hook -> onBlocks(hook).findAny().isPresent())) {
            return List.of();
        }
        return intent.hooks(false).stream()
                .filter(hook ->
                        onBlocks(hook).anyMatch(block -> block.rules().stream().anyMatch(Rule::denies)))
                .toList();
    }

    private Stream<Block> onBlocks(Hook hook) {
        return policy.blocks().stream().filter(block -> block.target().equals(new Block.Target.OfHook(hook)));
    }

    /**
     * Returns whether the policy has a block for the intent, or an `on` block at one of its hooks;
     * of a hook that belongs to no intent, whether it has its `on` block.
     */
    boolean speaksOf(Block.Target intent) {
        return policy.blocks().stream()
                .map(Block::target)
                .anyMatch(target -> target instanceof Block.Target.OfHook one
                        ? intent.hooks(false).contains(one.hook())
                        : target.equals(intent));
    }

    /**
     * Returns whether the author allowed the outcome on purpose, so that it is not a bypass. This
     * holds if every block for the intent that may run at this hook, or at a hook outside of this
     * list, allowed by a rule other than its default.
     */
    boolean saidSo(Block.Target intent, Hook hook, List<Hook> hooks, List<RuleRef> rules) {
        for (int i = 0; i < policy.blocks().size(); i++) {
            int index = i;
            Block block = policy.blocks().get(i);
            boolean concerned = block.target() instanceof Block.Target.OfHook one
                    ? intent.hooks(false).contains(one.hook()) && (one.hook() == hook || !hooks.contains(one.hook()))
                    : block.target().equals(intent);
            boolean said = rules.stream()
                    .anyMatch(ref ->
                            ref.block() == index && ref.rule() < block.rules().size() - 1);
            if (concerned && !said) {
                return false;
            }
        }
        return true;
    }

    /** Returns the rule that the reference names. */
    Rule rule(RuleRef ref) {
        return ref.in(policy);
    }

    /** Returns whether the rule allows and is not the default of its block. */
    boolean allowsByName(RuleRef ref) {
        boolean last = ref.rule() == policy.blocks().get(ref.block()).rules().size() - 1;
        return !last && rule(ref).allows();
    }

    /** Returns the source position of the rule. */
    Span span(RuleRef ref) {
        return rule(ref).span();
    }

    /**
     * Returns the first two rules as text, such as `line 4: deny if type == raw`, and the number
     * of the others.
     */
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
