package org.ringwall.conformance.differential;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.compiler.diagram.TooManyPatternsException;
import org.ringwall.compiler.emit.RefusedCodeException;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.request.Request;
import org.ringwall.compiler.testing.Answer;
import org.ringwall.conformance.generate.Draw;
import org.ringwall.conformance.generate.GeneratedPolicy;
import org.ringwall.conformance.generate.PolicyDraw;

/**
 * Draws policies and asks two implementations the same requests. Policy number i of a run has the seed `seed` + i, so
 * that one that fails can be run again alone.
 *
 * @param seed of the first policy
 * @param policies how many
 * @param requests how many each
 * @param order byte order of the machine on which both answer
 */
public record Differential(long seed, int policies, int requests, ByteOrder order) {
    private static final int REQUESTS = 256;

    /** No more than one in so many. */
    private static final int MOST_TOO_LARGE = 200;

    /** The run that the system properties `ringwall.seed` (0: a fresh one) and `ringwall.differential.policies` ask for. */
    public static Differential ofProperties() {
        return ofProperties(REQUESTS);
    }

    /** The same with another number of requests. */
    public static Differential ofProperties(int requests) {
        long asked = Long.getLong("ringwall.seed", 0L);
        long seed = asked == 0 ? System.nanoTime() ^ System.currentTimeMillis() << 20 : asked;
        Differential run = new Differential(
                seed, Integer.getInteger("ringwall.differential.policies", 200), requests, ByteOrder.nativeOrder());
        System.out.println(run);
        return run;
    }

    /** The same run on machines of this byte order. */
    public Differential on(ByteOrder other) {
        return new Differential(seed, policies, requests, other);
    }

    /** The policy of a number. */
    public GeneratedPolicy policy(int number) {
        return PolicyDraw.of(seed + number);
    }

    /**
     * Fails with an {@link AssertionError} at the first request to which the answers differ; returns how many agreed. For the few policies whose
     * code is too large, which ringwallc refuses, others are drawn.
     */
    public long compare(Meaning one, Meaning other) {
        return compare(PolicyDraw::of, one, other);
    }

    /** The same about policies that are drawn otherwise. */
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

    /** Whether ringwallc has a diagnostic for it. */
    private static boolean isRefused(IllegalStateException e) {
        return isTooLarge(e) || e.getCause() instanceof TooManyPatternsException;
    }

    /** Whether the code of a policy is larger than a kernel takes. */
    public static boolean isTooLarge(IllegalStateException e) {
        return e.getCause() instanceof CodeTooLargeException
                || e instanceof RefusedCodeException refused && refused.isTooLarge();
    }

    private long compare(long number, GeneratedPolicy generated, Meaning one, Meaning other) {
        Draw draw = new Draw(~number);
        Map<Param, Long> params = generated.params(draw);
        List<Request> asked = generated.requests(draw, params, order, requests);
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
