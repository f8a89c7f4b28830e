package org.ringwall.compiler.analysis;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Policy;

/** What a policy's hooks do not see, as sentences; docs/threat-model.md has the whole list with reasons. */
public final class Gaps {
    private Gaps() {}

    /** The sentences that apply to this policy. */
    public static List<String> of(Policy policy) {
        List<String> gaps = new ArrayList<>();
        boolean rawOpen = any(policy, Intent.EGRESS, block -> !block.deniesByDefault())
                && !any(policy, Intent.SOCKETS, block -> true);
        if (rawOpen) {
            gaps.add(
                    "raw and ping sockets send, and UDP-Lite connects, without asking an address hook; add a `sockets` block that denies them");
        }
        if (any(policy, Intent.EGRESS, block -> true) || any(policy, Intent.SOCKETS, block -> true)) {
            gaps.add("sockets made outside the cgroup and passed in; connections that were there before");
            gaps.add("AF_PACKET, AF_NETLINK, AF_VSOCK and AF_UNIX sockets");
        }
        if (any(policy, Intent.BIND, block -> true)) {
            gaps.add("listen without bind, and bind of raw sockets");
        }
        if (any(policy, Intent.DEVICES, block -> true)) {
            gaps.add("devices that were open before; O_PATH opens; nodes for FIFOs and whiteouts");
        }
        for (Intent intent : Intent.values()) {
            if (!any(policy, intent, block -> true)) {
                gaps.add("anything of `" + intent.text() + "`: the policy has no such block");
            }
        }
        return gaps;
    }

    private static boolean any(Policy policy, Intent intent, Predicate<Block> condition) {
        return policy.blocks().stream()
                .filter(block -> intentOf(block).filter(intent::equals).isPresent())
                .anyMatch(condition);
    }

    private static Optional<Intent> intentOf(Block block) {
        return block.target() instanceof Block.Target.OfIntent target ? Optional.of(target.intent()) : Optional.empty();
    }
}
