// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;

/**
 * The hooks at which a policy writes what later programs see (docs/semantics.md section 4):
 * redirects, assignments, replies, socket options, and the address of a peer. At these hooks the
 * order of policies on one cgroup matters.
 */
public final class WrittenHooks {
    /**
     * The hooks that name a socket's peer; a redirected socket shows the original destination
     * there.
     */
    public static final List<Hook> OTHER_ENDS =
            Arrays.stream(Hook.values()).filter(Hook::reportsPeer).toList();

    private WrittenHooks() {}

    /** Returns the hooks of a policy, in their order; monitored rules write nothing. */
    public static Set<Hook> of(Policy policy) {
        Set<Hook> hooks = EnumSet.noneOf(Hook.class);
        for (Block block : policy.blocks()) {
            List<Effect> writes = block.rules().stream()
                    .filter(rule -> !rule.monitored())
                    .flatMap(rule -> rule.writes().stream())
                    .toList();
            if (block.monitored() || writes.isEmpty()) {
                continue;
            }
            // `egress` writes nothing at sock_create, which only belongs to its hooks if it denies
            // by default.
            hooks.addAll(block.target().hooks(false));
            if (writes.stream().anyMatch(Effect.Redirect.class::isInstance)) {
                hooks.addAll(OTHER_ENDS);
            }
        }
        if (policy.answersOriginal()) {
            hooks.add(Hook.GETSOCKOPT);
        }
        return hooks;
    }
}
