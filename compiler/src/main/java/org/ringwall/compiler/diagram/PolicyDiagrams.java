// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.policy.CallerUse;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.WrittenHooks;

/**
 * The decisions of a policy at each hook that it needs, and its shadowed rules.
 *
 * @param decisions one decision for each hook, in the order of {@link Hook}
 * @param shadowed rules with a guard that decide for no request at any hook, or, without a verdict,
 *     whose effects never happen
 * @param order the order of tests in all of them
 */
public record PolicyDiagrams(List<HookDecision> decisions, Map<RuleRef, UnreachableRule> shadowed, TestOrder order) {
    public PolicyDiagrams {
        decisions = List.copyOf(decisions);
        shadowed = Collections.unmodifiableMap(new java.util.TreeMap<>(shadowed));
    }

    /** Returns the diagrams of these decisions, and of what hooks do for each other. */
    static PolicyDiagrams of(Policy policy, DrawnDiagrams drawn) {
        return new PolicyDiagrams(
                withDuties(policy, drawn.decisions()), new Shadows(policy, drawn.walks()).find(), drawn.order());
    }

    /** Returns the diagrams with these decisions, which have other forms of the same rules. */
    PolicyDiagrams with(Policy policy, List<HookDecision> others) {
        return new PolicyDiagrams(withDuties(policy, others), shadowed, order);
    }

    /** Builds the diagrams of a policy that is known to fit all limits. */
    public static PolicyDiagrams of(Policy policy) {
        try {
            return DiagramStrategy.of(policy, PolicyStrings.of(policy)).preferred();
        } catch (TooManyPatternsException | DiagramTooLargeException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Adds the actions that hooks perform for each other, also at hooks without a block. */
    private static List<HookDecision> withDuties(Policy policy, List<HookDecision> decisions) {
        Map<Hook, HookDecision> all = new EnumMap<>(Hook.class);
        decisions.forEach(decision -> all.put(decision.hook(), decision));
        if (decisions.stream().anyMatch(HookDecision::readsStamps)) {
            stamp(all);
        }
        if (decisions.stream().anyMatch(HookDecision::redirects)) {
            WrittenHooks.OTHER_ENDS.forEach(hook -> add(all, hook, HookDecision.Duty.RECALL));
            add(all, Hook.CONNECT4, HookDecision.Duty.DROP_ORIGINAL);
            add(all, Hook.CONNECT6, HookDecision.Duty.DROP_ORIGINAL);
            if (policy.answersOriginal()) {
                add(all, Hook.SOCK_OPS, HookDecision.Duty.HAND_OVER);
                add(all, Hook.GETSOCKOPT, HookDecision.Duty.ANSWER);
            }
        }
        if (policy.followsConnections()) {
            add(all, Hook.SOCK_OPS, HookDecision.Duty.FOLLOW);
        }
        return List.copyOf(all.values());
    }

    private static void stamp(Map<Hook, HookDecision> all) {
        add(all, Hook.SOCK_CREATE, HookDecision.Duty.STAMP);
        all.replaceAll((hook, decision) -> HookFields.readsStamps(hook) && decision.records()
                ? decision.with(HookDecision.Duty.TELL_MAKER)
                : decision);
    }

    /**
     * Returns the diagrams for this kernel and newer ones. If these kernels can find the MPTCP
     * socket of a subflow, MPTCP sockets are stamped, so that the creator is checked instead of the
     * kernel worker that connects. If they cannot report the network namespace of an established
     * connection, sockets are stamped for passing on the original destination.
     */
    public PolicyDiagrams on(KernelVersion oldest, Policy policy) {
        Map<Hook, HookDecision> all = new EnumMap<>(Hook.class);
        decisions.forEach(decision -> all.put(decision.hook(), decision));
        boolean finds = decisions.stream()
                .map(HookDecision::hook)
                .anyMatch(hook ->
                        CallerUse.at(hook, policy).isPresent() && Helper.SKC_TO_MPTCP_SOCK.availableAt(hook, oldest));
        if (finds) {
            add(all, Hook.SOCK_CREATE, HookDecision.Duty.STAMP_MPTCP);
        }
        if (decisions.stream().anyMatch(HookDecision::handsOver) && HookFields.handsOverByStamps(oldest)) {
            stamp(all);
        }
        return new PolicyDiagrams(List.copyOf(all.values()), shadowed, order);
    }

    private static void add(Map<Hook, HookDecision> all, Hook hook, HookDecision.Duty duty) {
        all.merge(hook, HookDecision.ofDuty(hook, duty), (own, alone) -> own.with(duty));
    }
}
