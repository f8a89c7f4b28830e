package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.diagram.PolicyStrings;
import org.ringwall.compiler.diagram.TooManyPatternsException;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.testing.EmittedPolicy;

/** Reference = machine, where rules are put together as bits wherever that can be done, however few they are. */
class TogetherDifferentialTest {
    @ByteOrders
    void rulesThatArePutTogetherDecideAsTheReference(java.nio.ByteOrder order) {
        Differential run = Differential.ofProperties().on(order);
        AtomicInteger put = new AtomicInteger();
        Meaning together = (policy, params, on) -> {
            Optional<PolicyDiagrams> diagrams = together(policy);
            diagrams.ifPresent(all -> put.incrementAndGet());
            Target target = new Target(MachineMeaning.kernel(policy), on);
            return EmittedPolicy.load(
                    MachineMeaning.object(policy, diagrams.orElseGet(() -> PolicyDiagrams.of(policy)), target),
                    params,
                    target.oldest())::answer;
        };
        assertThat(run.compare(Meanings.REFERENCE, together)).isEqualTo((long) run.policies() * run.requests());
        System.out.println("rules put together in " + put + " of " + run.policies() + " policies");
        assertThat(put.get()).isGreaterThan(run.policies() / 4);
    }

    private static Optional<PolicyDiagrams> together(Policy policy) {
        try {
            return PolicyDiagrams.together(policy, PolicyStrings.of(policy), EnumSet.allOf(Hook.class));
        } catch (TooManyPatternsException e) {
            return Optional.empty();
        }
    }
}
