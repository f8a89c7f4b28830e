// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.LongFunction;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.compiler.diagram.TooManyPatternsException;
import org.ringwall.compiler.emit.RefusedCodeException;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.testrunner.Answer;
import org.ringwall.conformance.generate.GeneratedPolicy;
import org.ringwall.conformance.generate.PolicyGenerator;
import org.ringwall.conformance.generate.RandomChoices;

/**
 * A differential test: two implementations answer the same requests under random policies. Policy
 * number i of a run has the seed `seed` + i, so that a failing policy can be run alone.
 *
 * @param seed the seed of the first policy
 * @param policies the number of policies
 * @param requests the number of requests for each policy
 * @param order the byte order of the machine on which both implementations run
 */
public record Differential(long seed, int policies, int requests, ByteOrder order) {
    private static final int REQUESTS = 256;

    /** One policy in this many may be too large, and one more in a run. */
    private static final int MOST_TOO_LARGE = 200;

    /**
     * Returns the run given by the system properties `ringwall.seed` (0: a random seed) and
     * `ringwall.differential.policies`.
     */
    public static Differential ofProperties() {
        return ofProperties(REQUESTS);
    }

    /**
     * Returns the run given by the system properties, with this number of requests for each policy.
     */
    public static Differential ofProperties(int requests) {
        long asked = Long.getLong("ringwall.seed", 0L);
        long seed = asked == 0 ? new Random().nextLong() : asked;
        Differential run = new Differential(
                seed, Integer.getInteger("ringwall.differential.policies", 200), requests, ByteOrder.nativeOrder());
        System.out.println(run);
        return run;
    }

    /** Returns the same run on a machine of this byte order. */
    public Differential on(ByteOrder other) {
        return new Differential(seed, policies, requests, other);
    }

    public GeneratedPolicy policy(int number) {
        return PolicyGenerator.of(seed + number);
    }

    /**
     * Compares two implementations and returns the number of requests on which they agree. Policies
     * whose code is too large, which ringwallc rejects, are replaced by others.
     *
     * @throws AssertionError at the first request with different answers
     */
    public long compare(Meaning one, Meaning other) {
        return compare(PolicyGenerator::of, one, other);
    }

    /** Compares two implementations on policies from another generator, which takes a seed. */
    public long compare(LongFunction<GeneratedPolicy> drawn, Meaning one, Meaning other) {
        long agreed = 0;
        int tooLarge = 0;
        for (int i = 0; i < policies + tooLarge; i++) {
            try {
                agreed += compare(seed + i, drawn.apply(seed + i), one, other);
            } catch (IllegalStateException e) {
                if (!isRefused(e)) {
                    throw e;
                }
                tooLarge++;
                if (tooLarge > 1 + policies / MOST_TOO_LARGE) {
                    throw new AssertionError("seed " + (seed + i) + ", the " + tooLarge + "th that is too large", e);
                }
            }
        }
        return agreed;
    }

    /** Returns whether ringwallc rejects the policy with a diagnostic. */
    private static boolean isRefused(IllegalStateException e) {
        return isTooLarge(e) || e.getCause() instanceof TooManyPatternsException;
    }

    /** Returns whether the code of a policy exceeds the limits of the kernel. */
    public static boolean isTooLarge(IllegalStateException e) {
        return e.getCause() instanceof CodeTooLargeException
                || e instanceof RefusedCodeException refused && refused.isTooLarge();
    }

    private long compare(long number, GeneratedPolicy generated, Meaning one, Meaning other) {
        RandomChoices choices = new RandomChoices(~number);
        Map<Param, Long> params = generated.params(choices);
        List<Request> asked = generated.requests(choices, params, order, requests);
        Optional<Mismatch> found = find(generated.policy(), params, order, asked, one, other);
        if (found.isPresent()) {
            boolean shrinks = one.readsTree() && other.readsTree();
            Mismatch small = shrinks ? Shrinker.shrink(found.get(), one, other) : found.get();
            throw new AssertionError(small.describe(number, generated.text()));
        }
        return asked.size();
    }

    static Optional<Mismatch> find(
            Policy policy,
            Map<Param, Long> params,
            ByteOrder order,
            List<Request> requests,
            Meaning one,
            Meaning other) {
        Meaning.Answers first = one.of(policy, params, order);
        Meaning.Answers second = other.of(policy, params, order);
        for (Request request : requests) {
            Answer left = first.to(request);
            Answer right = second.to(request);
            if (!left.equals(right)) {
                return Optional.of(new Mismatch(policy, params, order, request, left, right));
            }
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return "differential: -Dringwall.seed=" + seed + " -Dringwall.differential.policies=" + policies + ", "
                + requests + " requests each";
    }
}
