package org.ringwall.conformance.differential;

import java.nio.ByteOrder;
import java.util.Map;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.request.Request;
import org.ringwall.compiler.testing.Answer;

/** One implementation of docs/semantics.md. */
@FunctionalInterface
public interface Meaning {
    /** Makes the policy ready to be asked under these values of its params, on a machine of this byte order. */
    Answers of(Policy policy, Map<Param, Long> params, ByteOrder order);

    /** Whether it reads the policy's tree; one that reads the text cannot be asked about a tree made smaller. */
    default boolean readsTree() {
        return true;
    }

    /** A policy that is ready to be asked. */
    @FunctionalInterface
    interface Answers {
        /** What becomes of the request. */
        Answer to(Request request);
    }
}
