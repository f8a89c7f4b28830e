// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.report;

import java.util.List;
import java.util.Locale;

/**
 * A report of the requests and bypasses that a policy leaves to a workload.
 *
 * @param policy the name of the policy
 * @param hooks what is allowed and denied at each hook of the policy
 * @param blocks the bypasses of every kind of block, whether or not the policy has such a block
 */
public record ReachReport(String policy, List<HookReach> hooks, List<BlockReach> blocks) {
    /** Creates a report. */
    public ReachReport {
        hooks = List.copyOf(hooks);
        blocks = List.copyOf(blocks);
    }

    /**
     * Returns the report as {@code ringwallc reach} prints it: the allowed regions of each hook,
     * and the bypasses of each block. Lines end with a line feed. The text is for people, and
     * changes between versions.
     *
     * @param verbose whether to describe also the bypasses that are closed or outside any policy
     */
    public String text(boolean verbose) {
        return ReachText.of(this, verbose);
    }

    /**
     * The decision of the policy at one hook. The regions of both lists are disjoint.
     *
     * @param hook the hook's name in policies, such as {@code connect4}
     * @param allows the requests that are allowed
     * @param denies the requests that are denied
     */
    public record HookReach(String hook, Regions allows, Regions denies) {
        /** Returns whether all allowed requests are listed. */
        public boolean complete() {
            return allows.complete();
        }

        /** Returns the texts of the allowed regions; if there are none, nothing is allowed. */
        public List<String> allowed() {
            return allows.regions().stream().map(Region::text).toList();
        }
    }

    /**
     * Regions of requests.
     *
     * @param complete false if there are more regions than the limit
     * @param regions disjoint regions, in no order that has a meaning
     */
    public record Regions(boolean complete, List<Region> regions) {
        /** Creates a list of regions. */
        public Regions {
            regions = List.copyOf(regions);
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

        /** Returns the numbers of bypasses by status, as {@code egress: 3 bypasses closed}. */
        public String counts() {
            return ReachText.counts(this);
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
        NOT_APPLICABLE;

        /** Returns the status as reports write it, such as {@code not applicable}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    /** The way to close a bypass. */
    public enum Closing {
        /** The block itself, whatever its rules are. */
        CONSTRUCTION,
        /** Further rules of a policy. */
        POLICY,
        /** The host only, by other means than a policy. */
        ELSEWHERE
    }
}
