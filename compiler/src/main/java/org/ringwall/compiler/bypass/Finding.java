// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.List;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.source.Span;

/**
 * The status of one bypass of one block under a policy.
 *
 * @param reason why, in one sentence
 * @param rules the rules that close the bypass or let it through; empty if it is closed or open by
 *     construction
 * @param words what to write in the policy to close it, or what to do on the host; empty if it is
 *     closed
 */
public record Finding(Block.Target block, Bypass bypass, Status status, String reason, List<Span> rules, String words) {
    public Finding {
        rules = List.copyOf(rules);
    }
}
