// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.util.Map;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.StateContent;

/**
 * The external state when a request is decided.
 *
 * @param params the values of params; those that are not given have their defaults
 * @param content the content of live sets and tables
 * @param buckets the remaining tokens, which a decision takes
 * @param origins the original destinations of sockets, to which redirects add
 */
public record EvaluationContext(Map<Param, Long> params, StateContent content, Buckets buckets, Origins origins) {
    public EvaluationContext {
        params = Map.copyOf(params);
        params.forEach(EvaluationContext::requireInRange);
    }

    /** Creates a context in which no socket has been redirected. */
    public EvaluationContext(Map<Param, Long> params, StateContent content, Buckets buckets) {
        this(params, content, buckets, new Origins(false));
    }

    /** Returns a context with these params and without any earlier request. */
    public static EvaluationContext of(Map<Param, Long> params) {
        return new EvaluationContext(params, StateContent.EMPTY, new Buckets());
    }

    private static void requireInRange(Param param, long value) {
        if (Long.compareUnsigned(value, param.min()) < 0 || Long.compareUnsigned(value, param.max()) > 0) {
            throw new IllegalArgumentException(
                    "`" + param.name() + "` cannot be " + Long.toUnsignedString(value) + ": outside its range");
        }
    }

    /**
     * Returns the value of a param, which is fixed for the life of a loaded policy: the given one,
     * else the default.
     */
    public long value(Param param) {
        return params.getOrDefault(param, param.defaultValue());
    }
}
