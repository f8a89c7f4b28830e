// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import java.nio.ByteOrder;
import java.util.Map;
import java.util.stream.Collectors;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.testrunner.Answer;

/** A request that two implementations answer differently. */
record Mismatch(Policy policy, Map<Param, Long> params, ByteOrder order, Request request, Answer one, Answer other) {
    /** Returns a description with everything that is needed to reproduce the mismatch. */
    String describe(long seed, String text) {
        String values = params.entrySet().stream()
                .map(entry -> entry.getKey().name() + " = " + Long.toUnsignedString(entry.getValue()))
                .collect(Collectors.joining(", "));
        return """
                two answers to one request on a %s machine: %s and %s
                %s                again: -Dringwall.seed=%d -Dringwall.differential.policies=1
                request: %s
                params: %s
                --- what is left of the policy
                %s--- the whole policy
                %s""".formatted(
                        order, one.verdict(), other.verdict(), contexts(), seed, request, values, shortened(), text);
    }

    private String contexts() {
        return one.context().equals(other.context())
                ? ""
                : "they leave " + one.context() + "\nand        " + other.context() + "\n";
    }

    private String shortened() {
        StringBuilder text = new StringBuilder();
        for (Block block : policy.blocks()) {
            text.append(block.target().text()).append(" {\n");
            for (Rule rule : block.rules()) {
                text.append("  ").append(rule.span().text()).append('\n');
                text.append("    // ").append(rule.guard()).append('\n');
            }
            text.append("}\n");
        }
        return text.toString();
    }
}
