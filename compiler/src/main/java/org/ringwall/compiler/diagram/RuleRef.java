// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rule;

/**
 * A rule of a policy: the 0-based indices of its block and of the rule in it. The default is the
 * last rule of its block.
 */
public record RuleRef(int block, int rule) implements Comparable<RuleRef> {
    /** Returns the rule in the policy to which the indices belong. */
    public Rule in(Policy policy) {
        return policy.blocks().get(block).rules().get(rule);
    }

    @Override
    public int compareTo(RuleRef other) {
        return block != other.block ? Integer.compare(block, other.block) : Integer.compare(rule, other.rule);
    }

    @Override
    public String toString() {
        return "b" + block + "r" + rule;
    }
}
