// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.List;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.source.Span;

/**
 * What a policy makes of one bypass of one block.
 *
 * @param reason why, in one sentence
 * @param rules the rules that close the way or let it through; none where it is closed or open by construction
 * @param words what to write in the policy to close it, or what to do on the host; empty where it is closed
 */
public record Finding(Intent block, Bypass bypass, Status status, String reason, List<Span> rules, String words) {
    public Finding {
        rules = List.copyOf(rules);
    }
}
