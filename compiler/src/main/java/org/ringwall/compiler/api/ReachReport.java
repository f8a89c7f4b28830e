// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

import java.util.List;

/**
 * What a workload can still do under a policy.
 *
 * @param hooks what is allowed at each hook of the policy
 * @param blocks the bypasses of every kind of block, whether or not the policy has such a block
 */
public record ReachReport(List<HookReach> hooks, List<BlockReach> blocks) {
    /** Creates a report. */
    public ReachReport {
        hooks = List.copyOf(hooks);
        blocks = List.copyOf(blocks);
    }

    /**
     * The requests that are allowed at one hook.
     *
     * @param hook the hook's name in policies, such as {@code connect4}
     * @param complete whether all allowed requests are listed; false if there are more regions than
     *     the limit
     * @param allowed disjoint regions of requests, each as a condition in the words of policies,
     *     for people. Without a region nothing is allowed
     */
    public record HookReach(String hook, boolean complete, List<String> allowed) {
        /** Creates the reach at a hook. */
        public HookReach {
            allowed = List.copyOf(allowed);
        }
    }

    /**
     * The known bypasses of one kind of block.
     *
     * @param block the words of the block in policies, such as {@code packets egress}
     * @param present whether the policy has such a block, or uses its hooks
     * @param bypasses the bypasses, those that need attention first
     * @param notes consequences of the block that authors easily overlook
     */
    public record BlockReach(String block, boolean present, List<BypassReport> bypasses, List<String> notes) {
        /** Creates the reach around a block. */
        public BlockReach {
            bypasses = List.copyOf(bypasses);
            notes = List.copyOf(notes);
        }
    }

    /**
     * A bypass, by which a process may do what a block denies, and its status under the policy.
     *
     * @param id its name, such as {@code raw-send}, which docs/threat-model.md explains
     * @param status the status under the policy
     * @param what what the process does
     * @param lets what gets through if nothing closes the bypass
     * @param kernels the kernels that have the bypass; {@code all} for every supported one
     * @param why the reason for the status
     * @param rules the rules that close it or let it through; empty if it is so by construction
     * @param closedBy what can close it
     * @param advice what to write in the policy, or what to do on the host; empty if it is closed
     */
    public record BypassReport(
            String id,
            Status status,
            String what,
            String lets,
            String kernels,
            String why,
            List<RuleText> rules,
            Closing closedBy,
            String advice) {
        /** Creates a report. */
        public BypassReport {
            rules = List.copyOf(rules);
        }
    }

    /** The status of a bypass under a policy. */
    public enum Status {
        /** Every request that uses it gets through, and a policy could close it. */
        OPEN,
        /** Some requests that use it are refused, others get through. */
        NARROWED,
        /** A rule of the block itself allows what it does, so that the block is not bypassed. */
        ALLOWED,
        /** No policy can close it. */
        OUTSIDE,
        /** Nothing that the policy denies gets through. */
        CLOSED,
        /** The policy has no such block. */
        NOT_APPLICABLE
    }

    /** What can close a bypass. */
    public enum Closing {
        /** The block itself, whatever its rules are. */
        CONSTRUCTION,
        /** Further rules of a policy. */
        POLICY,
        /** The host only, by other means than a policy. */
        ELSEWHERE
    }
}
