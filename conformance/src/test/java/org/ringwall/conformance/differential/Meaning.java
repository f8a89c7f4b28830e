// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import java.nio.ByteOrder;
import java.util.Map;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.testrunner.Answer;

/** An implementation of docs/semantics.md. */
@FunctionalInterface
public interface Meaning {
    /** Prepares a policy with these values of its params, on a machine of this byte order. */
    Answers of(Policy policy, Map<Param, Long> params, ByteOrder order);

    /**
     * Returns whether it evaluates the policy's tree. An implementation that reads the text cannot
     * evaluate a shrunk tree.
     */
    default boolean readsTree() {
        return true;
    }

    /** A policy that is ready to decide requests. */
    @FunctionalInterface
    interface Answers {
        Answer to(Request request);
    }
}
