// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rule;

/**
 * The position of a rule: the index of its block in the policy and of the rule in it, both from 0;
 * the default is the last.
 */
public record RulePlace(int block, int rule) {
    public Rule in(Policy policy) {
        return policy.blocks().get(block).rules().get(rule);
    }

    @Override
    public String toString() {
        return "b" + block + "r" + rule;
    }
}
