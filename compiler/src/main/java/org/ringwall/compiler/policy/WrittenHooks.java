package org.ringwall.compiler.policy;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;

/**
 * The hooks at which a policy writes what programs that run later see (docs/semantics.md section 4): what it redirects, assigns,
 * replies or sets, and who it says the other end is. At these hooks the order of policies on one cgroup matters.
 */
public final class WrittenHooks {
    /** Where the other end of a socket is named: a redirected socket shows the original destination there. */
    public static final List<Hook> OTHER_ENDS =
            List.of(Hook.RECVMSG4, Hook.RECVMSG6, Hook.GETPEERNAME4, Hook.GETPEERNAME6);

    private WrittenHooks() {}

    /** The hooks of a policy, in their order; what is monitored writes nothing. */
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
            // Nothing is written where `egress` is asked about a new socket: its intent's own hooks are without that
            // one.
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
