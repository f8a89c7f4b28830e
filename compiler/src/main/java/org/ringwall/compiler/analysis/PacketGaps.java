package org.ringwall.compiler.analysis;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Policy;

/** What blocks about packets do not see, and what their `default deny` cuts that few think of. */
final class PacketGaps {
    private PacketGaps() {}

    static List<String> of(Policy policy) {
        List<String> gaps = new ArrayList<>();
        boolean out = asked(policy, Hook.SKB_EGRESS, block -> true);
        boolean in = asked(policy, Hook.SKB_INGRESS, block -> true);
        if (out) {
            gaps.add("packets that AF_PACKET sockets send, and what the kernel sends by itself: ICMP errors, resets");
        }
        if (in) {
            gaps.add(
                    "packets that AF_PACKET sockets receive, and what the kernel answers without a socket of the cgroup");
        }
        boolean outDenies = asked(policy, Hook.SKB_EGRESS, PacketGaps::deniesByDefault);
        if (outDenies) {
            gaps.add(
                    "`default deny` on what goes out: neighbour discovery (icmpv6 133..137) of a network namespace that is made in the cgroup, and renewals by DHCP (udp 67, 547), need rules that allow them");
        }
        if (asked(policy, Hook.SKB_INGRESS, PacketGaps::deniesByDefault)) {
            gaps.add(
                    "`default deny` on what comes in: answers to what the cgroup sends need rules that allow them, as `allow if proto == tcp and tcp.ack`");
        }
        return gaps;
    }

    private static boolean deniesByDefault(Block block) {
        return block.deniesByDefault();
    }

    private static boolean asked(Policy policy, Hook hook, Predicate<Block> condition) {
        return policy.blocks().stream()
                .filter(block -> PolicyDiagrams.hooks(block).contains(hook))
                .anyMatch(condition);
    }
}
