// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.policy.StateContent;
import org.ringwall.compiler.policy.Verdict;

/** A generated policy: its tree, whose source file contains the text with the same meaning. */
public record GeneratedPolicy(Policy policy) {
    public String text() {
        return policy.source().text();
    }

    /** Returns the policy with every errno replaced by EPERM, for kernels before 6.1. */
    public Policy withoutErrnos() {
        List<Block> blocks = policy.blocks().stream()
                .map(block -> block.with(withoutErrnos(block.rules())))
                .toList();
        return new Policy(
                policy.name(),
                policy.source(),
                Optional.empty(),
                policy.answersOriginal(),
                policy.ringBytes(),
                policy.params(),
                policy.state(),
                blocks,
                policy.tests(),
                policy.sets());
    }

    private static List<Rule> withoutErrnos(List<Rule> rules) {
        return rules.stream()
                .map(rule -> new Rule(
                        rule.verdict().map(verdict -> verdict.allows() ? Verdict.ALLOW : Verdict.DENY),
                        rule.guard(),
                        rule.effects(),
                        rule.within(),
                        rule.because(),
                        rule.monitored(),
                        rule.span()))
                .toList();
    }

    /** Returns a value for each param, often an end of its range. */
    public Map<Param, Long> params(RandomChoices choices) {
        Map<Param, Long> values = new LinkedHashMap<>();
        for (Param param : policy.params()) {
            long inside = param.min() + choices.upTo(param.max() - param.min());
            values.put(param, choices.oneOf(param.min(), param.max(), param.defaultValue(), inside));
        }
        return values;
    }

    /** Returns random entries of the live sets and tables. */
    public StateContent content(RandomChoices choices) {
        return StateGenerator.content(choices, policy.state(), Optional.empty());
    }

    /**
     * Returns random entries of the live sets and tables. Sets of ids often contain those of
     * `caller`.
     */
    public StateContent content(RandomChoices choices, Actor caller) {
        return StateGenerator.content(choices, policy.state(), Optional.of(caller));
    }

    /** Returns requests on this machine near the boundaries of the policy. */
    public List<Request> requests(RandomChoices choices, Map<Param, Long> params, int count) {
        return requests(choices, params, ByteOrder.nativeOrder(), count);
    }

    /** Returns requests on a machine of this byte order near the boundaries of the policy. */
    public List<Request> requests(RandomChoices choices, Map<Param, Long> params, ByteOrder order, int count) {
        RequestGenerator requests = new RequestGenerator(choices, policy, params, order);
        List<Request> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(requests.request());
        }
        return all;
    }
}
