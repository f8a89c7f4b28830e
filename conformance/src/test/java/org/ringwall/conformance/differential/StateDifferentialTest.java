// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.LongFunction;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.testrunner.PolicyInForce;
import org.ringwall.conformance.generate.GeneratedPolicy;
import org.ringwall.conformance.generate.PolicyGenerator;
import org.ringwall.conformance.generate.RandomChoices;
import org.ringwall.testkit.Soak;

/**
 * A test that reference and machine agree on policies with state: verdicts, contexts, counts,
 * tokens, records, redirects and socket storage, request by request, while time passes, sets are
 * replaced, and the policy is monitored for a while.
 */
class StateDifferentialTest {
    static final int REQUESTS = 64;

    /** All state is compared after each request, which takes long. */
    private static final int MOST_POLICIES = Soak.size(40, 200);

    private static final int MOST_INDEXED = Soak.size(20, 200);

    @ByteOrders
    void stateMatchesTheReference(ByteOrder order) {
        Differential asks = Differential.ofProperties(REQUESTS);
        Differential run = new Differential(asks.seed(), Math.min(MOST_POLICIES, asks.policies()), REQUESTS, order);
        long asked = 0;
        int tooLarge = 0;
        for (int i = 0; i < run.policies(); i++) {
            long seed = run.seed() + i;
            GeneratedPolicy generated = PolicyGenerator.ofState(seed);
            try {
                asked += run(generated, new RandomChoices(~seed), order, new MachineMeaning());
            } catch (IllegalStateException e) {
                if (Differential.isTooLarge(e)) {
                    tooLarge++;
                    continue;
                }
                throw new AssertionError("seed " + seed + ": " + e.getMessage() + "\n" + generated.text(), e);
            }
        }
        assertThat(tooLarge).as("policies that are too large").isLessThanOrEqualTo(1 + run.policies() / 20);
        assertThat(asked).isEqualTo((long) (run.policies() - tooLarge) * run.requests());
    }

    @ByteOrders
    void stateInIndexesMatchesTheReference(ByteOrder order) {
        int compiled = run(MOST_INDEXED, PolicyGenerator::ofState, MachineMeaning::withIndexes, order);
        assertThat(compiled).isGreaterThan(MOST_INDEXED / 2);
    }

    /**
     * Compares objects that are made in another way with the reference, except where they are too
     * large.
     *
     * @param most the maximum number of policies
     * @param made returns the object of a policy; empty if that way is not possible
     * @return the number of objects
     */
    static int run(
            int most,
            LongFunction<GeneratedPolicy> generator,
            BiFunction<Policy, Target, Optional<BpfObject>> made,
            ByteOrder order) {
        Differential properties = Differential.ofProperties(REQUESTS);
        int compiled = 0;
        for (int i = 0; i < Math.min(most, properties.policies()); i++) {
            long seed = properties.seed() + i;
            GeneratedPolicy generated = generator.apply(seed);
            Target target = new Target(MachineMeaning.kernel(generated.policy()), order);
            try {
                Optional<BpfObject> object = made.apply(generated.policy(), target);
                if (object.isPresent()) {
                    run(generated, new RandomChoices(~seed), target, object.get());
                    compiled++;
                }
            } catch (IllegalStateException e) {
                if (!Differential.isTooLarge(e)) {
                    throw new AssertionError("seed " + seed + ": " + e.getMessage() + "\n" + generated.text(), e);
                }
            }
        }
        return compiled;
    }

    /** Compares the compiled policy with the reference; returns the number of requests. */
    static long run(GeneratedPolicy generated, RandomChoices choices, ByteOrder order, MachineMeaning machine) {
        Target target = new Target(MachineMeaning.kernel(generated.policy()), order);
        return run(generated, choices, target, machine.emitted(generated.policy(), target));
    }

    /** Compares an object of the policy with the reference; returns the number of requests. */
    static long run(GeneratedPolicy generated, RandomChoices choices, Target target, BpfObject object) {
        PolicyInForce force = PolicyInForce.of(generated.policy(), object, target.oldest());
        Map<Param, Long> params = generated.params(choices);
        long asked = 0;
        for (Request request : generated.requests(choices, params, target.order(), REQUESTS)) {
            if (choices.chance(20) || asked == 0) {
                force.tell(params, generated.content(choices));
            }
            if (choices.chance(30)) {
                force.pass(choices.oneOf(
                        1L, 1_000_000L, 333_333_334L, 5_000_000_000L, 61_000_000_000L, 3_600_000_000_000L));
            }
            if (choices.chance(8)) {
                force.monitor(choices.oneOf(0L, 1L, 1_000_000L, 10_000_000_000L));
            }
            force.judge(request);
            asked++;
        }
        return asked;
    }
}
