package org.ringwall.compiler.reference;

import java.util.Map;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.StateContent;

/**
 * What a policy is told from outside when a request is decided.
 *
 * @param params values; those that are not given have their defaults
 * @param content what live sets and tables hold
 * @param buckets the tokens that are left, which deciding takes
 * @param origins what sockets remember, which redirecting adds to
 */
public record Situation(Map<Param, Long> params, StateContent content, Buckets buckets, Origins origins) {
    public Situation {
        params = Map.copyOf(params);
        params.forEach(Situation::requireInRange);
    }

    /** No socket has been redirected. */
    public Situation(Map<Param, Long> params, StateContent content, Buckets buckets) {
        this(params, content, buckets, new Origins(false));
    }

    /** These params, and as if nothing had happened before. */
    public static Situation of(Map<Param, Long> params) {
        return new Situation(params, StateContent.EMPTY, new Buckets());
    }

    private static void requireInRange(Param param, long value) {
        if (Long.compareUnsigned(value, param.min()) < 0 || Long.compareUnsigned(value, param.max()) > 0) {
            throw new IllegalArgumentException(
                    "`" + param.name() + "` cannot be " + Long.toUnsignedString(value) + ": outside its range");
        }
    }

    /** A param is one number for the life of a loaded policy: the one given, else its default. */
    long value(Param param) {
        return params.getOrDefault(param, param.defaultValue());
    }
}
